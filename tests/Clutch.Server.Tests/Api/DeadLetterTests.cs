using System.Net;
using Clutch.Client.Wire;
using Clutch.Jobs;
using Clutch.Server.Tests.Fixtures;

namespace Clutch.Server.Tests.Api;

/// <summary>Dead letters over HTTP: lists, groups, export, correction, re-drive.</summary>
public abstract class DeadLetterTests(StoreKind kind)
{
    [SkippableFact]
    public async Task They_are_listed_grouped_corrected_run_again_and_exported()
    {
        await using var server = await TestServer.StartAsync(kind);
        var launched = await server.Operator.LaunchAsync("skipping");
        await server.Viewer.EndAsync(launched.Id);

        var page = await server.Viewer.GetAsync($"/api/v1/dead-letters?execution={launched.Id}&job=skipping&limit=1", WireJson.Default.PageDeadLetterView);
        var rest = await server.Viewer.GetAsync($"/api/v1/dead-letters?execution={launched.Id}&after={page.Next}", WireJson.Default.PageDeadLetterView);
        var groups = await server.Viewer.GetAsync("/api/v1/dead-letters/groups", WireJson.Default.DeadLetterGroups);
        var csv = await server.Viewer.GetStringAsync(new Uri("/api/v1/dead-letters/export", UriKind.Relative));
        var lines = await server.Viewer.GetStringAsync(new Uri("/api/v1/dead-letters/export?format=jsonl", UriKind.Relative));

        var (ten, twenty) = (Assert.Single(page.Items), Assert.Single(rest.Items));
        Assert.Equal(("""{"Number":10}""", SkipPhaseView.Process, "FormatException"), (ten.Payload, ten.Phase, ten.Failure.Type));
        Assert.Equal(2, groups.Groups.Sum(group => group.Count));
        Assert.All(groups.Groups, group => Assert.Equal(("skipping", "load"), (group.Job, group.Step)));
        Assert.Equal(3, csv.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("\"'10' is round, \"\"very\"\"\"", csv, StringComparison.Ordinal);
        Assert.Equal(2, lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);

        using var notJson = await server.Operator.PutAsync(new Uri($"/api/v1/dead-letters/{ten.Id}/payload", UriKind.Relative), Json("""{"payload":"{","reason":"a typo"}"""));
        Assert.Contains("payload", (await notJson.ProblemAsync(HttpStatusCode.BadRequest)).Errors!.Keys);
        using var edit = await server.Operator.PutAsync(
            new Uri($"/api/v1/dead-letters/{ten.Id}/payload", UriKind.Relative), Json("""{"payload":"{\"Number\":11}","reason":"a typo"}"""));
        await edit.ReadAsync(WireJson.Default.DeadLetterView);
        using var redrive = await server.Operator.PostAsync("/api/v1/dead-letters/redrive", $$"""{"executionId":{{launched.Id}},"step":"load","letter":{{ten.Id}}}""");
        var again = (await redrive.ReadAsync(WireJson.Default.LaunchAnswer)).Execution;
        var ended = await server.Viewer.EndAsync(again.Id);
        using var late = await server.Operator.PutAsync(new Uri($"/api/v1/dead-letters/{ten.Id}/payload", UriKind.Relative), Json("""{"payload":"{}","reason":"too late"}"""));

        Assert.Equal((ExecutionStatus.Completed, 1), (ended.Execution.Status, ended.Steps[0].Counts.Written));
        Assert.Equal(DeadLetterState.Redriven, (await server.Viewer.GetAsync($"/api/v1/dead-letters/{ten.Id}", WireJson.Default.DeadLetterView)).Status);
        Assert.Equal(DeadLetterState.Open, (await server.Viewer.GetAsync($"/api/v1/dead-letters/{twenty.Id}", WireJson.Default.DeadLetterView)).Status);
        Assert.Equal("urn:clutch:problem:not-open", (await late.ProblemAsync(HttpStatusCode.Conflict)).Type);
        var audit = Assert.Single((await server.Viewer.GetAsync("/api/v1/audit?action=dead-letter.edit", WireJson.Default.PageAuditEntryView)).Items, entry => entry.Outcome is AuditOutcome.Done);
        Assert.Equal(("""{"Number":10}""", """{"Number":11}"""), (audit.Before, audit.After));
    }

    [SkippableFact]
    public async Task A_step_without_such_items_says_why_it_cannot_run_them_again()
    {
        await using var server = await TestServer.StartAsync(kind);
        var launched = await server.Operator.LaunchAsync("quick", """{"date":"2026-11-24"}""");

        using var redrive = await server.Operator.PostAsync("/api/v1/dead-letters/redrive", $$"""{"executionId":{{launched.Id}},"step":"nothing"}""");

        Assert.Contains("no step 'nothing'", (await redrive.ProblemAsync(HttpStatusCode.Conflict)).Detail, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_group_that_is_refused_on_its_way_names_what_was_launched()
    {
        var (isMended, isReleased) = (false, new TaskCompletionSource());
        await using var server = await TestServer.StartAsync(kind, new()
        {
            Clutch = clutch => clutch.Configure(options => options.MaxRunning = 1).AddJob("torn", Torn(() => isMended, isReleased.Task)),
        });
        foreach (var n in (string[])["1", "2"])
            await LaunchOnceThereIsRoomAsync(server, n);
        isMended = true;
        const string Group = """{"job":"torn","step":"load","errorType":"FormatException"}""";

        using var cut = await server.Operator.PostAsync("/api/v1/dead-letters/groups/redrive", Group);
        using var refused = await server.Operator.PostAsync("/api/v1/dead-letters/groups/redrive", Group);
        var answer = await cut.ReadAsync(WireJson.Default.RedriveGroupAnswer);
        isReleased.SetResult();
        await server.Viewer.EndAsync(Assert.Single(answer.Executions).Id);

        Assert.True(answer.IsMore);
        Assert.Equal("urn:clutch:problem:limit-reached", (await refused.ProblemAsync(HttpStatusCode.Conflict)).Type);
    }

    [SkippableFact]
    public async Task A_group_leaves_out_what_is_being_run_again()
    {
        var (isMended, isReleased) = (false, new TaskCompletionSource());
        await using var server = await TestServer.StartAsync(kind, new()
        {
            Clutch = clutch => clutch.AddJob("torn", Torn(() => isMended, isReleased.Task)),
        });
        foreach (var n in (string[])["1", "2"])
            await server.Viewer.EndAsync((await server.Operator.LaunchAsync("torn", $$"""{"n":"{{n}}"}""")).Id);
        isMended = true;
        const string Group = """{"job":"torn","step":"load","errorType":"FormatException"}""";

        using var first = await server.Operator.PostAsync("/api/v1/dead-letters/groups/redrive", Group);
        using var second = await server.Operator.PostAsync("/api/v1/dead-letters/groups/redrive", Group);
        var answer = await first.ReadAsync(WireJson.Default.RedriveGroupAnswer);
        isReleased.SetResult();
        foreach (var execution in answer.Executions)
            await server.Viewer.EndAsync(execution.Id);

        Assert.Equal(2, answer.Executions.Count);
        Assert.Contains("being run again already", (await second.ProblemAsync(HttpStatusCode.NotFound)).Detail, StringComparison.Ordinal);
    }

    // What has ended is known as such a moment before it has made room for others.
    private static async Task LaunchOnceThereIsRoomAsync(TestServer server, string n)
    {
        var parameters = $$$"""{"parameters":{"n":"{{{n}}}"}}""";
        using var launched = await Schedules.Poll.UntilAsync(() => server.Operator.PostAsync("/api/v1/jobs/torn/executions", parameters), response => response.StatusCode is HttpStatusCode.Created);
        await server.Viewer.EndAsync((await launched.ReadAsync(WireJson.Default.LaunchAnswer)).Execution.Id);
    }

    private static StringContent Json(string body) => new(body, System.Text.Encoding.UTF8, "application/json");

    // Its row fails until it is mended, and is then processed when it is released: before its transaction, as on SQLite nobody else could write within it.
    private static Action<JobBuilder> Torn(Func<bool> isMended, Task isReleased) => job => job
        .Parameter<int>("n")
        .Step("load", step => step
            .ReadFrom([new Row(1)])
            .ItemType(TestJson.Default.Row)
            .Process(async (row, cancellationToken) =>
            {
                if (!isMended())
                    throw new FormatException("It is torn.");
                await isReleased.WaitAsync(cancellationToken);
                return row;
            })
            .WriteChunk((_, _, _) => ValueTask.CompletedTask)
            .Skip<FormatException>(limit: 5));
}

public sealed class SqliteDeadLetterTests() : DeadLetterTests(StoreKind.Sqlite);

public sealed class PostgreSqlDeadLetterTests() : DeadLetterTests(StoreKind.PostgreSql);
