using System.Net;
using System.Text.Json;
using Clutch.Client.Wire;
using Clutch.Executions;
using Clutch.Repository;
using Clutch.Server.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Server.Tests.Api;

/// <summary>Launch, look, stop, restart, abandon over HTTP.</summary>
public abstract class ExecutionTests(StoreKind kind) : IAsyncLifetime
{
    private TestServer? _server;

    private TestServer Server => _server!;

    public async Task InitializeAsync() => _server = await TestServer.StartAsync(kind);

    public async Task DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }

    [SkippableFact]
    public async Task Jobs_are_described_with_their_parameters()
    {
        var jobs = await Server.Viewer.GetAsync("/api/v1/jobs", WireJson.Default.IReadOnlyListJobView);

        var quick = Assert.Single(jobs, job => job.Name == "quick");
        Assert.Equal("Ends at once.", quick.Description);
        Assert.Equal(["load"], quick.Steps);
        Assert.Equal([("date", "DateOnly", true, true), ("rows", "Int32", false, false)], quick.Parameters.Select(parameter => (parameter.Name, parameter.Type, parameter.IsRequired, parameter.IsIdentifying)));
        Assert.Equal("10", quick.Parameters[1].Default);
        Assert.Equal(1, Assert.Single(jobs, job => job.Name == "limited").MaxRunning);
    }

    [SkippableFact]
    public async Task A_launched_job_runs_to_its_end_and_is_shown_with_its_steps()
    {
        using var response = await Server.Operator.PostAsync("/api/v1/jobs/quick/executions", """{"parameters":{"date":"2026-11-24","rows":"25"},"reason":"a test"}""");
        var launched = (await response.ReadAsync(WireJson.Default.LaunchAnswer)).Execution;
        var details = await Server.Viewer.EndAsync(launched.Id);

        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Equal($"/api/v1/executions/{launched.Id}", response.Headers.Location?.ToString());
        Assert.Equal(ExecutionStatus.Completed, details.Execution.Status);
        Assert.Equal("25", details.Execution.Parameters["rows"]);
        var step = Assert.Single(details.Steps);
        Assert.Equal((25, 25, 1.0), (step.Counts.Read, step.Counts.Written, step.Fraction));
        Assert.Equal(1, details.Expected?.Count);
    }

    [SkippableFact]
    public async Task A_partition_that_waits_shows_no_node_whoever_ran_it_before()
    {
        var repository = Server.Services.GetRequiredService<IJobRepository>();
        var launch = await repository.LaunchAsync(new() { JobName = "parts", Parameters = JobParameters.Empty, Node = "manager", LeaseDuration = TimeSpan.FromHours(1) }, CancellationToken.None);
        var execution = ((LaunchDecision.Launched)launch).Execution;
        await repository.CreatePartitionsAsync(
            new()
            {
                Lease = new(execution.Id, execution.Fence, "manager"),
                InstanceId = execution.InstanceId,
                StepName = "load",
                Partitions = [new() { Name = "back", Data = "1" }, new() { Name = "before", Data = "2", LastNode = "node-1" }, new() { Name = "runs", Data = "3", LastNode = "node-2" }],
            },
            CancellationToken.None);
        var back = (await repository.ClaimPartitionAsync(new(execution.Id, "load", "node-3", TimeSpan.FromHours(1)), CancellationToken.None))!;
        await repository.ReleasePartitionAsync(back.Id, back.Fence, CancellationToken.None);
        await repository.ClaimPartitionAsync(new(execution.Id, "load", "node-2", TimeSpan.FromHours(1)), CancellationToken.None);

        var page = await Server.Viewer.GetAsync($"/api/v1/executions/{execution.Id}/steps?step=load", WireJson.Default.PageStepView);

        Assert.Equal([("back", null), ("before", null), ("runs", "node-2")], page.Items.Select(step => (step.Partition, step.Node)));
    }

    [SkippableFact]
    public async Task A_complete_instance_is_not_launched_again_but_answered()
    {
        var first = await Server.Operator.LaunchAsync("quick", """{"date":"2026-11-24"}""");
        await Server.Viewer.EndAsync(first.Id);

        using var again = await Server.Operator.PostAsync("/api/v1/jobs/quick/executions", """{"parameters":{"date":"2026-11-24"}}""");

        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        var answer = await again.ReadAsync(WireJson.Default.LaunchAnswer);
        Assert.Equal((LaunchOutcome.AlreadyComplete, first.Id), (answer.Outcome, answer.Execution.Id));
    }

    [SkippableFact]
    public async Task Faults_of_parameters_stand_beside_their_fields()
    {
        using var response = await Server.Operator.PostAsync("/api/v1/jobs/quick/executions", """{"parameters":{"date":"yesterday","rows":"-1","colour":"red"}}""");

        var problem = await response.ProblemAsync(HttpStatusCode.BadRequest);
        Assert.Equal(["parameters.colour", "parameters.date", "parameters.rows"], problem.Errors!.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("Parameter 'rows' with value '-1' must be positive.", Assert.Single(problem.Errors["parameters.rows"]));
        Assert.Empty((await Server.Viewer.GetAsync("/api/v1/executions", WireJson.Default.PageExecutionView)).Items);
        Assert.Empty((await Server.Viewer.GetAsync("/api/v1/audit", WireJson.Default.PageAuditEntryView)).Items);
    }

    [SkippableFact]
    public async Task What_a_body_leaves_out_has_its_default()
    {
        using var without = await Server.Operator.PostAsync("/api/v1/jobs/parts/executions", "{}");
        await Server.Viewer.EndAsync((await without.ReadAsync(WireJson.Default.LaunchAnswer)).Execution.Id);
        using var with = await Server.Operator.PostAsync("/api/v1/jobs/failing/executions", """{"parameters":null,"reason":null}""");

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (without.StatusCode, with.StatusCode));
    }

    [SkippableFact]
    public async Task A_running_instance_and_a_full_job_refuse_a_launch()
    {
        var running = await Server.Operator.LaunchAsync("limited", """{"n":"1"}""");

        using var same = await Server.Operator.PostAsync("/api/v1/jobs/limited/executions", """{"parameters":{"n":"1"}}""");
        using var other = await Server.Operator.PostAsync("/api/v1/jobs/limited/executions", """{"parameters":{"n":"2"}}""");
        var already = await same.ProblemAsync(HttpStatusCode.Conflict);
        var full = await other.ProblemAsync(HttpStatusCode.Conflict);
        Server.Jobs.Release();
        await Server.Viewer.EndAsync(running.Id);
        await Server.Operator.LaunchAsync("limited", """{"n":"2"}""");

        Assert.Equal(("urn:clutch:problem:already-running", running.Id), (already.Type, already.ExecutionId));
        Assert.Equal("urn:clutch:problem:limit-reached", full.Type);
    }

    [SkippableFact]
    public async Task A_stop_takes_effect_is_sticky_and_a_restart_goes_on_where_it_stopped()
    {
        var launched = await Server.Operator.LaunchAsync("waiting");
        await Server.Viewer.UntilAsync(launched.Id, details => details.Steps is [{ Counts.Commits: >= 2 }]);

        using var stop = await Server.Operator.PostAsync($"/api/v1/executions/{launched.Id}/stop", """{"reason":"wrong file"}""");
        Server.Jobs.Release();
        var stopped = await Server.Viewer.EndAsync(launched.Id);
        using var restart = await Server.Operator.PostAsync($"/api/v1/executions/{launched.Id}/restart", """{"reason":"right file"}""");
        var second = (await restart.ReadAsync(WireJson.Default.LaunchAnswer)).Execution;
        var completed = await Server.Viewer.EndAsync(second.Id);

        Assert.Equal(HttpStatusCode.Accepted, stop.StatusCode);
        Assert.Equal(ExecutionStatus.Stopped, stopped.Execution.Status);
        Assert.Null(stopped.RestartsAt);
        Assert.Equal((ExecutionStatus.Completed, 2), (completed.Execution.Status, completed.Execution.Attempt));
        Assert.Equal(100, stopped.Steps[0].Counts.Read + completed.Steps[0].Counts.Read);
        var audit = await Server.Viewer.GetAsync($"/api/v1/audit?target=execution:{launched.Id}", WireJson.Default.PageAuditEntryView);
        Assert.Equal(
            [("execution.restart", "key:tests-operator", "right file", AuditOutcome.Done), ("execution.stop", "key:tests-operator", "wrong file", AuditOutcome.Done)],
            audit.Items.Select(entry => (entry.Action, entry.Actor, entry.Reason!, entry.Outcome)));
        Assert.Equal("Started", JsonDocument.Parse(audit.Items[1].Before!).RootElement.GetProperty("status").GetString());
    }

    [SkippableFact]
    public async Task Only_the_latest_execution_of_an_instance_is_abandoned()
    {
        var launched = await Server.Operator.LaunchAsync("failing");
        await Server.Viewer.EndAsync(launched.Id);
        using var restart = await Server.Operator.PostAsync($"/api/v1/executions/{launched.Id}/restart", """{"reason":"again"}""");
        var latest = (await restart.ReadAsync(WireJson.Default.LaunchAnswer)).Execution;
        await Server.Viewer.EndAsync(latest.Id);

        using var abandon = await Server.Operator.PostAsync($"/api/v1/executions/{launched.Id}/abandon", """{"reason":"no such file"}""");

        var problem = await abandon.ProblemAsync(HttpStatusCode.Conflict);
        Assert.Equal(("urn:clutch:problem:superseded", latest.Id), (problem.Type, problem.ExecutionId));
        Assert.Equal(ExecutionStatus.Failed, (await Server.Viewer.EndAsync(launched.Id)).Execution.Status);
        var audit = await Server.Viewer.GetAsync($"/api/v1/audit?target=execution:{launched.Id}&action=execution.abandon", WireJson.Default.PageAuditEntryView);
        Assert.Equal(AuditOutcome.Refused, Assert.Single(audit.Items).Outcome);
    }

    [SkippableFact]
    public async Task An_abandoned_execution_never_runs_again()
    {
        var launched = await Server.Operator.LaunchAsync("failing");
        var failed = await Server.Viewer.EndAsync(launched.Id);

        using var abandon = await Server.Operator.PostAsync($"/api/v1/executions/{launched.Id}/abandon", """{"reason":"no such file"}""");
        using var restart = await Server.Operator.PostAsync($"/api/v1/executions/{launched.Id}/restart", """{"reason":"try"}""");
        using var stop = await Server.Operator.PostAsync($"/api/v1/executions/{launched.Id}/stop", """{"reason":"try"}""");

        Assert.Equal(("InvalidDataException", "The file is torn."), (failed.Execution.Failure!.Type, failed.Execution.Failure.Message));
        Assert.Contains("   at Clutch.", failed.Execution.Failure.Details, StringComparison.Ordinal);
        Assert.Equal(ExecutionStatus.Abandoned, (await abandon.ReadAsync(WireJson.Default.ExecutionView)).Status);
        Assert.Equal("urn:clutch:problem:abandoned", (await restart.ProblemAsync(HttpStatusCode.Conflict)).Type);
        Assert.Equal("urn:clutch:problem:not-running", (await stop.ProblemAsync(HttpStatusCode.Conflict)).Type);
        var audit = await Server.Viewer.GetAsync("/api/v1/audit?action=execution.restart", WireJson.Default.PageAuditEntryView);
        Assert.Equal(AuditOutcome.Refused, Assert.Single(audit.Items).Outcome);
    }

    [SkippableFact]
    public async Task Executions_are_listed_by_filter_page_by_page()
    {
        foreach (var day in (int[])[1, 2, 3, 4, 5])
            await Server.Viewer.EndAsync((await Server.Operator.LaunchAsync("quick", $$"""{"date":"2026-11-0{{day}}"}""")).Id);
        var failed = await Server.Operator.LaunchAsync("failing");
        await Server.Viewer.EndAsync(failed.Id);

        var first = await Server.Viewer.GetAsync("/api/v1/executions?job=quick&limit=2", WireJson.Default.PageExecutionView);
        var second = await Server.Viewer.GetAsync($"/api/v1/executions?job=quick&limit=2&before={first.Next}", WireJson.Default.PageExecutionView);
        var third = await Server.Viewer.GetAsync($"/api/v1/executions?job=quick&limit=2&before={second.Next}", WireJson.Default.PageExecutionView);
        var failures = await Server.Viewer.GetAsync("/api/v1/executions?status=Failed", WireJson.Default.PageExecutionView);
        var future = await Server.Viewer.GetAsync("/api/v1/executions?from=2100-01-01T00:00:00Z", WireJson.Default.PageExecutionView);

        Assert.Equal(["2026-11-05", "2026-11-04", "2026-11-03", "2026-11-02", "2026-11-01"], first.Items.Concat(second.Items).Concat(third.Items).Select(execution => execution.Parameters["date"]));
        Assert.Null(third.Next);
        Assert.Equal(failed.Id, Assert.Single(failures.Items).Id);
        Assert.Null(failures.Items[0].Failure!.Details);
        Assert.Empty(future.Items);
    }

    [SkippableFact]
    public async Task Partitions_are_added_up_and_listed()
    {
        var launched = await Server.Operator.LaunchAsync("parts");
        var details = await Server.Viewer.EndAsync(launched.Id);

        var page = await Server.Viewer.GetAsync($"/api/v1/executions/{launched.Id}/steps?limit=4", WireJson.Default.PageStepView);
        var rest = await Server.Viewer.GetAsync($"/api/v1/executions/{launched.Id}/steps?step=load&after={page.Next}", WireJson.Default.PageStepView);

        var step = Assert.Single(details.Steps);
        Assert.Equal((1_000L, new PartitionCounts(10, 0, 0, 10, 0), ExecutionStatus.Completed), (step.Counts.Read, step.Partitions, step.Status));
        Assert.Equal(11, page.Items.Count + rest.Items.Count);
        Assert.Equal(10, page.Items.Concat(rest.Items).Count(part => part.Partition is not null));
    }

    [SkippableFact]
    public async Task A_restart_is_a_success_but_no_measure_of_how_long_a_job_takes()
    {
        var failed = await Server.Operator.LaunchAsync("failing");
        await Server.Viewer.EndAsync(failed.Id);
        Server.Jobs.Mend();
        using var restart = await Server.Operator.PostAsync($"/api/v1/executions/{failed.Id}/restart", """{"reason":"it is mended"}""");
        await Server.Viewer.EndAsync((await restart.ReadAsync(WireJson.Default.LaunchAnswer)).Execution.Id);
        var restarted = await HistoryAsync();
        await Server.Viewer.EndAsync((await Server.Operator.LaunchAsync("failing", """{"n":"2"}""")).Id);
        var whole = await HistoryAsync();

        Assert.Null(restarted.Duration);
        Assert.NotNull(restarted.LastSuccessAt);
        Assert.Equal(1, whole.Duration?.Count);

        async Task<JobHistoryView> HistoryAsync() =>
            Assert.Single(await Server.Viewer.GetAsync("/api/v1/statistics/jobs", WireJson.Default.IReadOnlyListJobHistoryView), history => history.Job == "failing");
    }

    [SkippableFact]
    public async Task Figures_tell_the_latest_runs_and_how_long_a_job_takes()
    {
        for (var day = 1; day <= 4; day++)
            await Server.Viewer.EndAsync((await Server.Operator.LaunchAsync("quick", $$"""{"date":"2026-11-0{{day}}"}""")).Id);
        await Server.Viewer.EndAsync((await Server.Operator.LaunchAsync("failing")).Id);

        var histories = await Server.Viewer.GetAsync("/api/v1/statistics/jobs?runs=3", WireJson.Default.IReadOnlyListJobHistoryView);
        var overview = await Server.Viewer.GetAsync("/api/v1/statistics/overview", WireJson.Default.OverviewView);

        var quick = Assert.Single(histories, history => history.Job == "quick");
        Assert.Equal(3, quick.Runs.Count);
        Assert.All(quick.Runs, run => Assert.Equal((ExecutionStatus.Completed, 10L, 10L), (run.Status, run.Read, run.Written)));
        Assert.Equal(4, quick.Duration?.Count);
        Assert.NotNull(quick.LastSuccessAt);
        var failing = Assert.Single(histories, history => history.Job == "failing");
        Assert.Equal((1, (DurationView?)null), (failing.Runs.Count, failing.Duration));
        Assert.Equal((0L, 1L, 4L, 1), (overview.Running.Value, overview.FailedLastDay.Value, overview.CompletedLastDay.Value, overview.LiveNodes));
    }
}

public sealed class SqliteExecutionTests() : ExecutionTests(StoreKind.Sqlite);

public sealed class PostgreSqlExecutionTests() : ExecutionTests(StoreKind.PostgreSql);
