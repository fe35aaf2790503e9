using Clutch.Executions;
using Clutch.Repository;

namespace Clutch.Database.Tests.Conformance;

public abstract partial class JobRepositoryConformance
{
    [SkippableFact]
    public async Task A_first_launch_creates_instance_and_execution()
    {
        var decision = Assert.IsType<LaunchDecision.Launched>(await Repository.LaunchAsync(Request(), Never));

        var execution = decision.Execution;
        Assert.Null(decision.Previous);
        Assert.Equal(("import", 1, BatchStatus.Started, "node-1"), (execution.JobName, execution.Attempt, execution.Status, execution.Node));
        Assert.Equal("date=2026-11-22, note=ü'\"", execution.Parameters.ToString());
        Assert.False(execution.Parameters.All["note"].IsIdentifying);
        Assert.True(execution.LeaseExpiresAt > execution.StartedAt);
        Assert.Null(execution.EndedAt);
        Assert.Null(execution.Failure);
        Assert.Equivalent(execution, await FindAsync(execution), strict: true);
    }

    [SkippableFact]
    public async Task A_running_instance_is_not_launched_again()
    {
        var first = await LaunchAsync();

        var decision = await Repository.LaunchAsync(Request(node: "node-2"), Never);

        Assert.Equal(first.Id, Assert.IsType<LaunchDecision.AlreadyRunning>(decision).Execution.Id);
    }

    [SkippableFact]
    public async Task Another_instance_or_job_runs_beside_it()
    {
        var first = await LaunchAsync();

        var otherDate = await LaunchAsync(Request(date: "2026-11-23"));
        var otherJob = await LaunchAsync(Request(job: "export"));

        Assert.Equal(3, new[] { first, otherDate, otherJob }.Select(execution => execution.InstanceId).Distinct().Count());
    }

    [SkippableFact]
    public async Task A_completed_instance_is_not_launched_again()
    {
        var first = await LaunchAsync();
        await EndJobAsync(first);

        var decision = await Repository.LaunchAsync(Request(), Never);

        Assert.Equal(first.Id, Assert.IsType<LaunchDecision.AlreadyComplete>(decision).Execution.Id);
        Assert.Single(await Repository.ListExecutionsAsync(new(), Never));
    }

    [SkippableTheory]
    [InlineData(BatchStatus.Failed)]
    [InlineData(BatchStatus.Stopped)]
    public async Task A_failed_or_stopped_instance_gets_another_attempt(BatchStatus status)
    {
        var first = await LaunchAsync();
        await EndJobAsync(first, status, new() { Type = "IOException", Message = "no such file" });

        var decision = Assert.IsType<LaunchDecision.Launched>(await Repository.LaunchAsync(Request(node: "node-2"), Never));

        Assert.Equal((2, first.InstanceId, "node-2"), (decision.Execution.Attempt, decision.Execution.InstanceId, decision.Execution.Node));
        Assert.Equal((first.Id, status, "no such file"), (decision.Previous!.Id, decision.Previous.Status, decision.Previous.Failure!.Message));
    }

    [SkippableFact]
    public async Task Another_attempt_keeps_the_job_context_and_where_to_go_on()
    {
        var first = await LaunchAsync();
        await Repository.EndJobAsync(
            new() { Lease = LeaseOf(first), Status = BatchStatus.Stopped, ExitCode = "Stopped", Context = """{"rows":"7"}""", RestartAt = "report" }, Never);

        var second = await LaunchAsync();
        await ExpireLeaseAsync(second.Id);
        var third = await LaunchAsync();

        Assert.Equal(("""{"rows":"7"}""", "report"), (second.Context, second.RestartAt));
        Assert.Equal(("""{"rows":"7"}""", "report"), (third.Context, third.RestartAt));
    }

    [SkippableFact]
    public async Task An_abandoned_instance_is_not_launched_again()
    {
        var first = await LaunchAsync();
        await EndJobAsync(first, BatchStatus.Failed);
        await Repository.AbandonAsync(first.Id, Never);

        Assert.IsType<LaunchDecision.Abandoned>(await Repository.LaunchAsync(Request(), Never));
        Assert.IsType<LaunchDecision.Abandoned>(await Repository.LaunchAsync(Request(restartOf: first.Id), Never));
    }

    [SkippableFact]
    public async Task A_restart_takes_up_the_latest_execution_only()
    {
        var first = await LaunchAsync();
        await EndJobAsync(first, BatchStatus.Failed);
        var second = await LaunchAsync(Request(restartOf: first.Id));
        await EndJobAsync(second, BatchStatus.Failed);

        var decision = await Repository.LaunchAsync(Request(restartOf: first.Id), Never);

        Assert.Equal(second.Id, Assert.IsType<LaunchDecision.Superseded>(decision).Latest.Id);
    }

    [SkippableFact]
    public async Task A_restart_of_what_does_not_exist_is_told_so()
    {
        var decision = await Repository.LaunchAsync(Request(restartOf: new(4711)), Never);

        Assert.Equal(4711, Assert.IsType<LaunchDecision.Unknown>(decision).Id.Value);
        Assert.Empty(await Repository.ListExecutionsAsync(new(), Never));
    }

    [SkippableFact]
    public async Task Of_eight_launches_at_one_moment_one_runs()
    {
        var decisions = await AtOnceAsync(8, i => Repository.LaunchAsync(Request(node: $"node-{i}"), Never).AsTask());

        Assert.Single(decisions.OfType<LaunchDecision.Launched>());
        Assert.Equal(7, decisions.OfType<LaunchDecision.AlreadyRunning>().Count());
        Assert.Single(await Repository.ListExecutionsAsync(new(), Never));
    }

    [SkippableFact]
    public async Task Of_eight_restarts_at_one_moment_one_runs()
    {
        var first = await LaunchAsync();
        await EndJobAsync(first, BatchStatus.Failed);

        var decisions = await AtOnceAsync(8, i => Repository.LaunchAsync(Request(node: $"node-{i}", restartOf: first.Id), Never).AsTask());

        Assert.Single(decisions.OfType<LaunchDecision.Launched>());
        Assert.Equal(7, decisions.OfType<LaunchDecision.AlreadyRunning>().Count());
    }

    [SkippableFact]
    public async Task Of_eight_launches_after_the_owner_died_one_runs()
    {
        var first = await LaunchAsync();
        await ExpireLeaseAsync(first.Id);

        var decisions = await AtOnceAsync(8, i => Repository.LaunchAsync(Request(node: $"node-{i}"), Never).AsTask());

        Assert.Equal(2, Assert.Single(decisions.OfType<LaunchDecision.Launched>()).Execution.Attempt);
        Assert.Equal(BatchStatus.Failed, (await FindAsync(first)).Status);
    }

    [SkippableFact]
    public async Task A_launch_recovers_an_execution_whose_lease_has_expired()
    {
        var first = await LaunchAsync();
        var step = await StartAsync(first);
        await ExpireLeaseAsync(first.Id);

        var decision = Assert.IsType<LaunchDecision.Launched>(await Repository.LaunchAsync(Request(node: "node-2"), Never));

        Assert.Equal((BatchStatus.Failed, "LeaseExpired", "lease expired on node node-1"), (decision.Previous!.Status, decision.Previous.Failure!.Type, decision.Previous.Failure.Message));
        Assert.Equal(BatchStatus.Failed, (await FindAsync(step)).Status);
        Assert.Equal(LeaseAnswer.Lost, await EndStepAsync(step));
        Assert.Equal(LeaseAnswer.Lost, await EndJobAsync(first));
    }

    private static async Task<T[]> AtOnceAsync<T>(int count, Func<int, Task<T>> action)
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var tasks = Enumerable.Range(1, count).Select(i => Task.Run(async () =>
        {
            await gate.Task;
            return await action(i);
        })).ToArray();
        gate.SetResult();
        return await Task.WhenAll(tasks);
    }

    [SkippableFact]
    public async Task No_more_executions_of_a_job_run_at_once_than_its_limit()
    {
        var first = await LaunchAsync(Request(date: "2026-11-20") with { MaxRunning = 2 });
        await LaunchAsync(Request(date: "2026-11-21") with { MaxRunning = 2 });
        await LaunchAsync(Request(job: "other"));

        var refused = await Repository.LaunchAsync(Request(date: "2026-11-22") with { MaxRunning = 2 }, Never);
        await EndJobAsync(first);
        var third = await Repository.LaunchAsync(Request(date: "2026-11-22") with { MaxRunning = 2 }, Never);

        Assert.Equal(new LaunchDecision.LimitReached(LaunchLimit.Job, 2), refused);
        Assert.Equal(1, Assert.IsType<LaunchDecision.Launched>(third).Execution.Attempt);
    }

    [SkippableFact]
    public async Task Launches_that_come_together_keep_the_limit()
    {
        var launches = Enumerable.Range(1, 12).Select(day => Task.Run(async () =>
            await Repository.LaunchAsync(Request(date: $"2026-10-{day:00}") with { MaxRunning = 3 }, Never)));

        var decisions = await Task.WhenAll(launches);

        Assert.Equal(3, decisions.Count(decision => decision is LaunchDecision.Launched));
        Assert.Equal(9, decisions.Count(decision => decision is LaunchDecision.LimitReached));
    }
}
