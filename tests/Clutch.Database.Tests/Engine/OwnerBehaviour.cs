using Clutch.Executions;
using Clutch.Hosting;
using Clutch.Launching;
using Clutch.Repository;
using Clutch.Steps;
using Clutch.Testing;

namespace Clutch.Database.Tests.Engine;

/// <summary>Who may work on an execution, and who may not any more.</summary>
public abstract class OwnerBehaviour<TStore> : EngineTests<TStore>
    where TStore : EngineStore, new()
{
    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_stop_waits_for_the_busy_writer_and_a_restart_in_between_is_refused(int concurrency)
    {
        var job = await NumbersAsync(8, chunkSize: 2, concurrency);
        var (isProcessing, mayGoOn) = (NewSignal(), NewSignal());
        job.Before = step => step.Process(async (int number, CancellationToken _) =>
        {
            if (number == 3)
            {
                isProcessing.TrySetResult();
                await mayGoOn.Task;
            }

            return number;
        });
        await using var owner = job.NewHost();
        await using var other = job.NewHost();
        var launch = await owner.LaunchAsync(job.Name);
        await isProcessing.Task;

        var answer = await other.Launcher.StopAsync(launch.Run!.Execution.Id);
        var between = await Repository.FindExecutionAsync(launch.Run.Execution.Id, CancellationToken.None);
        var refused = await other.Launcher.RestartAsync(launch.Run.Execution.Id);
        launch.Run.RequestStop();
        mayGoOn.SetResult();
        var stopped = await job.CheckedAsync(await owner.EndOfAsync(launch));
        var completed = await job.RestartAsync();

        Assert.Equal((StopAnswer.Requested, BatchStatus.Stopping), (answer, between!.Status));
        Assert.IsType<LaunchDecision.AlreadyRunning>(refused.Decision);
        Assert.Equal(BatchStatus.Stopped, stopped.Status);
        Assert.Equal(0, stopped.Step("load").Counts.Rollbacks);
        Assert.Equal(BatchStatus.Completed, completed.Status);
        Assert.Equal(Enumerable.Range(1, 8), await job.Table.ReadAsync());
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_stop_asked_for_elsewhere_is_heard_with_the_next_commit(int concurrency)
    {
        var job = await NumbersAsync(100, chunkSize: 2, concurrency);
        await using var other = job.NewHost();
        JobExecutionId id = default;
        job.Listener = new StopAfter(chunks: 3, () => other.Launcher.StopAsync(id));
        await using var owner = job.NewHost();
        job.Before = step => step.ProcessWith(context =>
        {
            id = context.JobExecutionId;
            return new PassProcessor();
        });
        await using var host = job.NewHost();

        var stopped = await job.CheckedAsync(await host.RunAsync(job.Name));
        job.Listener = null;
        var completed = await job.RestartAsync();

        AssertStep(stopped, BatchStatus.Stopped, "r8 w8 c4 b0");
        AssertStep(completed, BatchStatus.Completed, "r92 w92 c46 b0");
    }

    [SkippableFact]
    public async Task What_fails_while_a_stop_is_pending_is_stopped_and_keeps_its_failure()
    {
        var (name, isWorking, mayFail) = (NewName("stopped"), NewSignal(), NewSignal());
        await using var owner = NewHost(clutch => clutch.AddJob(name, job => job.Step("work", async (_, _) =>
        {
            isWorking.SetResult();
            await mayFail.Task;
            throw new InvalidOperationException("Too late.");
        })));
        var launch = await owner.LaunchAsync(name);
        await isWorking.Task;

        await owner.Launcher.StopAsync(launch.Run!.Execution.Id);
        mayFail.SetResult();
        var stopped = await owner.EndOfAsync(launch);

        Assert.Equal((BatchStatus.Stopped, "Too late."), (stopped.Status, stopped.Execution.Failure?.Message));
        Assert.Equal(BatchStatus.Stopped, stopped.Answered.Status);
    }

    [SkippableTheory]
    [InlineData("write", false, "r2 w2 c1 b1")]
    [InlineData("write", true, "r2 w2 c1 b1")]
    [InlineData("open", false, "r0 w0 c0 b0")]
    [InlineData("open", true, "r0 w0 c0 b0")]
    public async Task A_stop_leaves_what_failed_for_the_moment_to_the_restart(string place, bool isLeaving, string counts)
    {
        var job = await NumbersAsync(6, chunkSize: 2);
        var isLaunched = NewSignal();
        JobLaunch? launch = null;
        job.Listener = new Gate(isLaunched.Task);
        var (faults, item) = place == "write" ? (job.Writing, 3) : (job.Source.OpenFaults, 1);
        faults.Fail(item, times: 1, () =>
        {
            if (isLeaving)
                launch!.Run!.Leave();
            else
                launch!.Run!.RequestStop();
            return new PassingFaultException(item);
        });
        await using var owner = job.NewHost();
        launch = await owner.LaunchAsync(job.Name);
        isLaunched.SetResult();

        var stopped = await job.CheckedAsync(await owner.EndOfAsync(launch));
        var completed = await job.RestartAsync();

        AssertStep(stopped, BatchStatus.Stopped, counts);
        Assert.Null(stopped.Step("load").Failure);
        Assert.Equal(isLeaving, stopped.Run.IsHandedBack);
        Assert.Equal(BatchStatus.Completed, completed.Status);
        Assert.Equal(Enumerable.Range(1, 6), await job.Table.ReadAsync());
    }

    [SkippableTheory]
    [InlineData(false, "HandedBack")]
    [InlineData(true, "Stopped")]
    public async Task What_its_process_leaves_is_recorded_as_handed_back_unless_an_operator_stopped_it(bool isStopped, string exitCode)
    {
        var (name, isWorking, isOver) = (NewName("left"), NewSignal(), NewSignal());
        await using var owner = NewHost(clutch => clutch.AddJob(name, job => job.Step("work", async (_, cancellationToken) =>
        {
            isWorking.SetResult();
            await isOver.Task.WaitAsync(cancellationToken);
        })));
        var launch = await owner.LaunchAsync(name);
        await isWorking.Task;

        if (isStopped)
            await Repository.RequestStopAsync(launch.Run!.Execution.Id, CancellationToken.None);
        await owner.Launcher.StopAllAsync();
        var left = await owner.EndOfAsync(launch);

        Assert.Equal((BatchStatus.Stopped, exitCode), (left.Status, left.Execution.ExitCode));
        Assert.Equal((exitCode, !isStopped), (left.Answered.ExitCode, launch.Run!.IsHandedBack));
    }

    [SkippableFact]
    public async Task What_throws_when_it_hears_of_a_stop_takes_no_committed_chunk_back()
    {
        var job = await NumbersAsync(8, chunkSize: 2);
        var (isProcessing, mayGoOn) = (NewSignal(), NewSignal());
        job.Before = step => step.Process(async (int number, CancellationToken _) =>
        {
            isProcessing.TrySetResult();
            await mayGoOn.Task;
            return number;
        });
        await using var owner = job.NewHost();
        var launch = await owner.LaunchAsync(job.Name);
        await isProcessing.Task;
        await using var registration = launch.Run!.Stopping.Register(() => throw new InvalidOperationException("Not now."));

        await Repository.RequestStopAsync(launch.Run.Execution.Id, CancellationToken.None);
        mayGoOn.SetResult();
        var stopped = await job.CheckedAsync(await owner.EndOfAsync(launch));
        var completed = await job.RestartAsync();

        Assert.Equal((1L, 0L), (stopped.Step("load").Counts.Commits, stopped.Step("load").Counts.Rollbacks));
        Assert.Equal(BatchStatus.Completed, completed.Status);
        Assert.Equal(Enumerable.Range(1, 8), await job.Table.ReadAsync());
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task An_owner_thought_dead_cannot_commit_once_another_has_taken_over(int concurrency)
    {
        var job = await NumbersAsync(6, chunkSize: 2, concurrency);
        var (isProcessing, isCommitted, mayGoOn) = (NewSignal(), NewSignal(), NewSignal());
        var isFirst = true;
        job.Listener = new RecordingListener { OnEvent = text => _ = text.StartsWith("chunk", StringComparison.Ordinal) && isCommitted.TrySetResult() };
        job.Before = step => step.Process(async (int number, CancellationToken _) =>
        {
            if (number == 3 && isFirst)
            {
                isFirst = false;
                isProcessing.SetResult();
                await mayGoOn.Task;
            }

            return number;
        });
        await using var owner = job.NewHost();
        var launch = await owner.LaunchAsync(job.Name);
        await Task.WhenAll(isProcessing.Task, isCommitted.Task);

        var recovered = await Repository.RecoverAsync([launch.Run!.Execution.Node], [], CancellationToken.None);
        var completed = await job.RunAsync();
        mayGoOn.SetResult();
        var late = await owner.EndOfAsync(launch);

        var dead = Assert.Single(recovered, execution => execution.JobName == job.Name);
        Assert.Equal((BatchStatus.Failed, $"lease expired on node {dead.Node}"), (dead.Status, dead.Failure!.Message));
        AssertStep(completed, BatchStatus.Completed, "r4 w4 c2 b0");
        Assert.Equal(BatchStatus.Failed, late.Status);
        Assert.Equal(Enumerable.Range(1, 6), await job.Table.ReadAsync());
        await Invariants.CheckAsync(Repository, job.InstanceId, [job.Promise]);
    }

    [SkippableFact]
    public async Task A_process_ends_none_of_its_own_executions_although_a_lease_of_them_has_run_out()
    {
        var (name, isWorking, mayEnd) = (NewName("alive"), NewSignal(), NewSignal());
        await using var owner = NewHost(clutch => AddWaiting(clutch, name, isWorking, mayEnd));
        var launch = await owner.LaunchAsync(name);
        await isWorking.Task;
        await Store.ExpireLeasesAsync(launch.Run!.Execution.Id);

        var recovered = await owner.Recovery.RecoverAsync(CancellationToken.None);
        mayEnd.SetResult();
        var outcome = await owner.EndOfAsync(launch);

        Assert.Empty(recovered);
        Assert.Equal(BatchStatus.Completed, outcome.Status);
    }

    [SkippableFact]
    public async Task A_launch_does_not_take_over_what_its_own_process_runs_although_the_lease_has_run_out()
    {
        var (name, isWorking, mayEnd) = (NewName("alive"), NewSignal(), NewSignal());
        await using var owner = NewHost(clutch => AddWaiting(clutch, name, isWorking, mayEnd));
        var launch = await owner.LaunchAsync(name);
        await isWorking.Task;
        await Store.ExpireLeasesAsync(launch.Run!.Execution.Id);

        var again = await owner.LaunchAsync(name);
        mayEnd.SetResult();
        var outcome = await owner.EndOfAsync(launch);

        Assert.Equal(launch.Run.Execution.Id, Assert.IsType<LaunchDecision.AlreadyRunning>(again.Decision).Execution.Id);
        Assert.Equal(BatchStatus.Completed, outcome.Status);
    }

    private static void AddWaiting(ClutchBuilder clutch, string name, TaskCompletionSource isWorking, TaskCompletionSource mayEnd) =>
        clutch.AddJob(name, job => job.Step("work", async (_, _) =>
        {
            isWorking.TrySetResult();
            await mayEnd.Task;
        }));

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Lets no step begin before it is opened.</summary>
    private sealed class Gate(Task isOpen) : IBatchListener
    {
        public async ValueTask BeforeStepAsync(StepContext step, CancellationToken cancellationToken) => await isOpen.WaitAsync(cancellationToken);
    }

    private sealed class StopAfter(int chunks, Func<Task> stop) : IBatchListener
    {
        private int _count;

        public async ValueTask AfterChunkAsync(StepContext step, StepCounts counts, CancellationToken cancellationToken)
        {
            if (++_count == chunks)
                await stop();
        }
    }
}
