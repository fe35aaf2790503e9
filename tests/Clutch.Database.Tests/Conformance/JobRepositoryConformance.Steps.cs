using Clutch.Executions;
using Clutch.Repository;

namespace Clutch.Database.Tests.Conformance;

public abstract partial class JobRepositoryConformance
{
    [SkippableFact]
    public async Task A_step_starts_where_it_is_told_to()
    {
        var execution = await LaunchAsync();

        var step = await Repository.StartStepAsync(
            new()
            {
                Lease = LeaseOf(execution),
                InstanceId = execution.InstanceId,
                StepName = "load",
                StartCount = 3,
                Checkpoint = new(new("in"), new("out")),
                Fraction = 0.5,
                Context = """{"a":"1"}""",
                LeaseDuration = Lease,
            },
            Never);

        Assert.NotNull(step);
        Assert.Equal((execution.Id, execution.InstanceId, "load", 3, BatchStatus.Started), (step.JobExecutionId, step.InstanceId, step.StepName, step.StartCount, step.Status));
        Assert.Equal((new StepCheckpoint(new("in"), new("out")), 0.5, """{"a":"1"}""", "node-1"), (step.Checkpoint, step.Fraction, step.Context, step.Node));
        Assert.Equal(default, step.Counts);
        Assert.NotNull(step.StartedAt);
        Assert.Null(step.EndedAt);
        Assert.Null(step.Partition);
        Assert.Equivalent(step, await FindAsync(step), strict: true);
    }

    [SkippableFact]
    public async Task A_step_without_checkpoint_has_none()
    {
        var step = await StartAsync(await LaunchAsync());

        Assert.Null(step.Checkpoint);
        Assert.Null(step.Fraction);
    }

    [SkippableFact]
    public async Task A_step_does_not_start_without_the_lease()
    {
        var execution = await LaunchAsync();
        var stale = LeaseOf(execution) with { Fence = execution.Fence - 1 };
        var start = new StepStart { Lease = stale, InstanceId = execution.InstanceId, StepName = "load", StartCount = 1, LeaseDuration = Lease };

        Assert.Null(await Repository.StartStepAsync(start, Never));

        await EndJobAsync(execution);
        Assert.Null(await Repository.StartStepAsync(start with { Lease = LeaseOf(execution) }, Never));
        Assert.Empty(await Repository.ListStepsAsync(execution.Id, Never));
    }

    [SkippableFact]
    public async Task The_end_of_a_step_is_recorded_whole()
    {
        var execution = await LaunchAsync();
        var step = await StartAsync(execution);
        var counts = new StepCounts { Read = 9, Written = 4, Filtered = 1, ReadSkipped = 2, ProcessSkipped = 1, WriteSkipped = 1, Commits = 3, Rollbacks = 5, Retries = 6 };
        var uncommitted = new StepCounts { Read = 2, Written = 1, Filtered = 3, ReadSkipped = 1, ProcessSkipped = 4, WriteSkipped = 5, Commits = 6, Rollbacks = 7, Retries = 8 };
        var failure = new Failure { Type = "FormatException", Message = "'x' is not a number", Details = "at ..." };

        var answer = await Repository.EndStepAsync(
            new()
            {
                StepExecutionId = step.Id,
                Fence = step.Fence,
                Status = BatchStatus.Failed,
                ExitCode = "TOO_MANY",
                Counts = counts,
                Uncommitted = uncommitted,
                Failure = failure,
                Context = """{"s":"1"}""",
                JobContext = """{"j":"1"}""",
            },
            Never);

        var ended = await FindAsync(step);
        Assert.Equal(LeaseAnswer.Held, answer);
        Assert.Equal((BatchStatus.Failed, "TOO_MANY", counts, uncommitted, failure), (ended.Status, ended.ExitCode, ended.Counts, ended.Uncommitted, ended.Failure));
        Assert.Equal("""{"s":"1"}""", ended.Context);
        Assert.NotNull(ended.EndedAt);
        Assert.Equal("""{"j":"1"}""", (await FindAsync(execution)).Context);
    }

    [SkippableFact]
    public async Task Contexts_that_did_not_change_stay()
    {
        var execution = await LaunchAsync();
        var first = await StartAsync(execution, "first");
        await Repository.EndStepAsync(
            new() { StepExecutionId = first.Id, Fence = first.Fence, Status = BatchStatus.Completed, ExitCode = "Completed", Counts = default, JobContext = """{"j":"1"}""" }, Never);
        var second = await StartAsync(execution, "second");

        await EndStepAsync(second);

        Assert.Equal("""{"j":"1"}""", (await FindAsync(execution)).Context);
        Assert.Null((await FindAsync(second)).Context);
    }

    [SkippableFact]
    public async Task A_step_ends_once()
    {
        var step = await StartAsync(await LaunchAsync());
        await EndStepAsync(step, BatchStatus.Stopped);

        Assert.Equal(LeaseAnswer.Lost, await EndStepAsync(step));
        Assert.Equal(BatchStatus.Stopped, (await FindAsync(step)).Status);
    }

    [SkippableFact]
    public async Task The_end_of_a_step_tells_that_a_stop_was_asked_for()
    {
        var execution = await LaunchAsync();
        var step = await StartAsync(execution);
        await Repository.RequestStopAsync(execution.Id, Never);

        Assert.Equal(LeaseAnswer.HeldStopRequested, await EndStepAsync(step));
    }

    [SkippableFact]
    public async Task The_end_of_a_job_is_recorded_whole()
    {
        var execution = await LaunchAsync();
        var failure = new Failure { Type = "IOException", Message = "gone" };

        var answer = await Repository.EndJobAsync(
            new() { Lease = LeaseOf(execution), Status = BatchStatus.Failed, ExitCode = "GONE", Failure = failure, Context = """{"j":"2"}""", RestartAt = "load" }, Never);

        var ended = await FindAsync(execution);
        Assert.Equal(LeaseAnswer.Held, answer);
        Assert.Equal((BatchStatus.Failed, "GONE", failure, """{"j":"2"}""", "load"), (ended.Status, ended.ExitCode, ended.Failure, ended.Context, ended.RestartAt));
        Assert.NotNull(ended.EndedAt);
        Assert.Equal(LeaseAnswer.Lost, await EndJobAsync(execution));
    }

    [SkippableFact]
    public async Task The_end_of_a_job_ends_its_running_steps()
    {
        var execution = await LaunchAsync();
        var done = await StartAsync(execution, "done");
        await EndStepAsync(done);
        var running = await StartAsync(execution, "running");
        await using var session = await Repository.ChunkStore.OpenAsync(running, isResumed: true, Never);

        await EndJobAsync(execution, BatchStatus.Failed, new() { Type = "IOException", Message = "gone" });

        Assert.Equal(BatchStatus.Completed, (await FindAsync(done)).Status);
        Assert.Equal((BatchStatus.Failed, "gone"), ((await FindAsync(running)).Status, (await FindAsync(running)).Failure!.Message));
        Assert.Equal(LeaseAnswer.Lost, await RunChunkAsync(session, running, 1));
        Assert.Empty(await ListRowsAsync());
    }

    [SkippableFact]
    public async Task The_history_has_the_latest_execution_of_each_step_and_what_all_committed()
    {
        var first = await LaunchAsync();
        await EndStepAsync(await StartAsync(first, "extract"), counts: new() { Read = 5, Written = 5, Commits = 1 });
        var load = await StartAsync(first);
        await EndStepAsync(load, BatchStatus.Failed, new() { Read = 30, Written = 20, ReadSkipped = 3, Commits = 2, Rollbacks = 1 }, new() { Read = 10, ReadSkipped = 1 });
        await EndJobAsync(first, BatchStatus.Failed);
        var second = await LaunchAsync();
        var again = await StartAsync(second, startCount: 2);
        await EndStepAsync(again, BatchStatus.Failed, new() { Read = 15, Written = 10, Commits = 1, Rollbacks = 2 }, new() { Read = 5 });

        var history = await Repository.ListStepHistoryAsync(first.InstanceId, Never);

        Assert.Equal(["extract", "load"], history.Select(entry => entry.Last.StepName).Order());
        var entry = history.Single(entry => entry.Last.StepName == "load");
        Assert.Equal((again.Id, 2), (entry.Last.Id, entry.Last.StartCount));
        Assert.Equal(new StepCounts { Read = 30, Written = 30, ReadSkipped = 2, Commits = 3, Rollbacks = 3 }, entry.Committed);
    }

    [SkippableFact]
    public async Task The_history_of_a_step_that_was_begun_anew_has_what_came_since()
    {
        var first = await LaunchAsync();
        await EndStepAsync(await StartAsync(first), counts: new() { Read = 5, Written = 4, ProcessSkipped = 1, Commits = 1 });
        await EndJobAsync(first, BatchStatus.Failed);
        var atCompletion = Assert.Single(await Repository.ListStepHistoryAsync(first.InstanceId, Never));
        var second = await LaunchAsync();
        await EndStepAsync(await StartAsync(second, startCount: 2), BatchStatus.Failed, new() { Read = 3, Written = 3, Commits = 1 });
        await EndJobAsync(second, BatchStatus.Failed);
        var third = await LaunchAsync();
        var again = await StartAsync(third, startCount: 3);
        await EndStepAsync(again, BatchStatus.Failed, new() { Read = 2, Written = 2, Commits = 1 });

        var entry = Assert.Single(await Repository.ListStepHistoryAsync(first.InstanceId, Never));

        Assert.Equal(5, atCompletion.Committed.Read);
        Assert.Equal((again.Id, 3), (entry.Last.Id, entry.Last.StartCount));
        Assert.Equal(new StepCounts { Read = 5, Written = 5, Commits = 2 }, entry.Committed);
    }

    [SkippableFact]
    public async Task Steps_are_listed_in_the_order_of_their_start()
    {
        var execution = await LaunchAsync();
        foreach (var step in (string[])["b", "a", "c"])
            await EndStepAsync(await StartAsync(execution, step));

        Assert.Equal(["b", "a", "c"], (await Repository.ListStepsAsync(execution.Id, Never)).Select(step => step.StepName));
    }
}
