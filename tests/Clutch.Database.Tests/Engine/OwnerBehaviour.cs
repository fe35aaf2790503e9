using Clutch.Executions;
using Clutch.Hosting;
using Clutch.Items;
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

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_source_that_ends_without_a_word_when_it_is_stopped_completes_nothing(int concurrency)
    {
        var (isCommitted, isSilent, published) = (NewSignal(), NewSignal(), 0);
        var job = await NumbersAsync(4, chunkSize: 2, concurrency);
        job.Listener = new StopAfter(chunks: 1, () =>
        {
            isCommitted.TrySetResult();
            return Task.CompletedTask;
        });
        job.ReadWith = _ => new HalfReader(isCommitted.Task, isSilent);
        job.Wrap = inner => new PublishingWriter(inner, () => published++);
        await using var owner = job.NewHost();
        var launch = await owner.LaunchAsync(job.Name);
        await isSilent.Task;

        launch.Run!.RequestStop();
        var stopped = await job.CheckedAsync(await owner.EndOfAsync(launch));
        var publishedAtStop = published;
        var completed = await job.RestartAsync();

        AssertStep(stopped, BatchStatus.Stopped, "r2 w2 c1 b0");
        AssertStep(completed, BatchStatus.Completed, "r2 w2 c1 b0");
        Assert.Equal((0, 1), (publishedAtStop, published));
    }

    [SkippableFact]
    public async Task A_task_that_hears_of_a_stop_and_returns_is_run_again()
    {
        var (name, isWorking, runs) = (NewName("heeding"), NewSignal(), 0);
        await using var owner = NewHost(clutch => clutch.AddJob(name, job => job.Step("work", async (step, cancellationToken) =>
        {
            if (++runs == 1)
            {
                step.State.Set("done", 1);
                isWorking.SetResult();
                await ((Task)Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            else
            {
                Throw.If(step.State.Get("done", 0) != 1, "What it had kept is lost.");
            }
        })));
        var launch = await owner.LaunchAsync(name);
        await isWorking.Task;

        launch.Run!.RequestStop();
        var stopped = await owner.EndOfAsync(launch);
        var completed = await owner.RestartAsync(stopped.Execution.Id);

        Assert.Equal((BatchStatus.Stopped, BatchStatus.Stopped), (stopped.Status, stopped.Step("work").Status));
        Assert.Equal((BatchStatus.Completed, 2), (completed.Status, runs));
    }

    [SkippableFact]
    public async Task A_stop_reaches_what_runs_in_this_process_although_its_chunk_keeps_the_database_busy()
    {
        var (job, isWriting) = (await NumbersAsync(6, chunkSize: 2), NewSignal());
        CancellationToken stopping = default;
        job.Wrap = inner => new PublishingWriter(inner, () => { }, async () =>
        {
            if (isWriting.TrySetResult())
                await ((Task)Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stopping)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        });
        var gate = NewSignal();
        job.Listener = new Gate(gate.Task);
        await using var owner = job.NewHost();
        var launch = await owner.LaunchAsync(job.Name);
        stopping = launch.Run!.Stopping;
        gate.SetResult();
        await isWriting.Task;

        var answer = await owner.Launcher.StopAsync(launch.Run.Execution.Id).WaitAsync(TimeSpan.FromSeconds(20));
        var stopped = await job.CheckedAsync(await owner.EndOfAsync(launch));

        Assert.Equal(StopAnswer.Requested, answer);
        AssertStep(stopped, BatchStatus.Stopped, "r2 w2 c1 b0");
    }

    private static void AddWaiting(ClutchBuilder clutch, string name, TaskCompletionSource isWorking, TaskCompletionSource mayEnd) =>
        clutch.AddJob(name, job => job.Step("work", async (_, _) =>
        {
            isWorking.TrySetResult();
            await mayEnd.Task;
        }));

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Reads 1 and 2; once they are committed it waits for the end of the step, and then adds nothing. Opened anew, it reads 3 and 4.</summary>
    private sealed class HalfReader(Task isCommitted, TaskCompletionSource isSilent) : IItemReader<int>
    {
        private int _next;
        private bool _isResumed;

        public ValueTask OpenAsync(Checkpoint? resumeFrom, StepContext step, CancellationToken cancellationToken)
        {
            _next = (int)(resumeFrom?.ToPosition() ?? 0) + 1;
            _isResumed = resumeFrom is not null;
            return ValueTask.CompletedTask;
        }

        public async ValueTask ReadAsync(ReadBatch<int> batch, CancellationToken cancellationToken)
        {
            if (_next == 3 && !_isResumed)
                await WaitAsync(cancellationToken);
            else
                Read(batch);
        }

        // Heard of last and told first: the engine sees the end of the source before it hears of the stop itself.
        private async Task WaitAsync(CancellationToken cancellationToken)
        {
            await isCommitted;
            var isOver = new TaskCompletionSource();
            await using var registration = cancellationToken.UnsafeRegister(_ => isOver.SetResult(), null);
            isSilent.SetResult();
            await isOver.Task;
        }

        private void Read(ReadBatch<int> batch)
        {
            for (var end = Math.Min(_next + 2, 5); _next < end; _next++)
                batch.Add(_next);
            batch.Checkpoint = Checkpoint.At(_next - 1);
        }
    }

    /// <summary>Writes to a table, and has an output to publish.</summary>
    private sealed class PublishingWriter(IItemWriter<int> inner, Action publish, Func<Task>? after = null) : IItemWriter<int>, ICheckpointedWriter
    {
        public ValueTask OpenAsync(Checkpoint? resumeFrom, StepContext step, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public async ValueTask WriteAsync(WriteBatch<int> batch, ChunkContext chunk, CancellationToken cancellationToken)
        {
            await inner.WriteAsync(batch, chunk, cancellationToken);
            if (after is not null)
                await after();
        }

        public ValueTask<Checkpoint> FlushAsync(CancellationToken cancellationToken) => new(Checkpoint.At(0));

        public ValueTask RollbackAsync(Checkpoint? committed, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask CompleteAsync(CancellationToken cancellationToken)
        {
            publish();
            return ValueTask.CompletedTask;
        }
    }

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
