using Clutch.Executions;
using Clutch.Repository;
using Clutch.Telemetry;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Steps;

/// <summary>Claims partitions of one step execution and runs them, on as many tasks of this process as ask; in the manager's process and in every helper's.</summary>
internal sealed class PartitionWork(StepRun run, StepDefinition worker, List<StepHistory> earlier, bool isSpread)
{
    // Expired leases are looked for beside, each second. Who hears of what happens elsewhere looks by himself only in case a word was lost.
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan SlowPoll = TimeSpan.FromSeconds(5);
    private readonly ISignals? _signals = run.Context.Services.GetService<ISignals>();
    private readonly Lock _lock = new();
    private readonly Dictionary<string, StepCounts> _earlier =
        earlier.ToDictionary(partition => partition.Last.Partition!, partition => partition.Committed, StringComparer.Ordinal);

    private readonly List<StepProgress> _all = [];
    private readonly SkipCount _skipped = new(earlier.Aggregate(default(StepCounts), (sum, partition) => sum + partition.Committed), isSpread);
    private Task<Look>? _look;
    private TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isBroken;
    private int _runningCount;
    private int _runCount;

    private PartitionClaim Claim => new(run.Context.JobExecutionId, run.Context.StepName, run.Lease.Node, run.LeaseDuration);

    /// <summary>The first fault of a partition that ran in this process.</summary>
    public Exception? FirstFault { get; private set; }

    /// <summary>How many partitions this process ran, to whatever end.</summary>
    public int RunCount => Volatile.Read(ref _runCount);

    /// <summary>Runs partitions until none can be claimed; answers whether there was one.</summary>
    public async Task<bool> RunWaitingAsync()
    {
        var hasRun = false;
        while (!run.Stopping.IsCancellationRequested && await ClaimAsync() is { } partition)
        {
            await RunAsync(partition);
            hasRun = true;
        }

        return hasRun;
    }

    /// <summary>Runs work and meanwhile takes up what dead nodes left, beside it: a busy worker would look only when its own partition has ended.</summary>
    /// <param name="work">What the workers of this process do.</param>
    /// <param name="places">How many partitions may run here in addition.</param>
    public async Task TakingOverAsync(Func<Task> work, int places)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(run.Stopping, run.Aborted);
        var takeovers = TakeOverAsync(places, ending.Token);
        try
        {
            await work();
        }
        finally
        {
            await ending.CancelAsync();
            await takeovers;
        }
    }

    /// <summary>Runs partitions until all have ended, wherever they run: what a dead node leaves is taken up.</summary>
    public async Task RunAllAsync()
    {
        using var hearing = isSpread ? _signals?.Subscribe(SignalTopics.PartitionsOf(run.Context.JobExecutionId), TellEnd) : null;
        try
        {
            await WatchAsync();
        }
        catch
        {
            // The step has failed: the other tasks need not wait for partitions that run elsewhere.
            _isBroken = true;
            TellEnd();
            throw;
        }
    }

    private async Task WatchAsync()
    {
        Look? last = null;
        while (!run.Stopping.IsCancellationRequested && !_isBroken)
        {
            var hasRun = await RunWaitingAsync();
            last = hasRun || last is null ? await LookAsync() : await LookLaterAsync(last);
            // What still runs here has its own task, which keeps watch after it.
            if (last.Stand.Open <= Volatile.Read(ref _runningCount))
                return;
        }
    }

    private ValueTask<StepExecution?> ClaimAsync() => run.Repository.ClaimPartitionAsync(Claim, run.Aborted);

    private async Task TakeOverAsync(int places, CancellationToken ending)
    {
        var taken = new List<Task>();
        using var timer = new PeriodicTimer(LookEvery(run.LeaseDuration), run.Context.TimeProvider);
        try
        {
            while (await timer.NextAsync(ending))
            {
                taken.RemoveAll(task => task.IsCompletedSuccessfully);
                while (taken.Count < places && await FindExpiredAsync() is { } partition)
                {
                    run.Logger.PartitionTakenOver(partition.Partition!, run.Context.StepName, run.Context.JobExecutionId.Value);
                    taken.Add(Task.Run(() => RunAsync(partition), CancellationToken.None));
                }
            }
        }
        finally
        {
            // A look that is cut short by the loss of the lease throws; what was taken up before it ends first.
            await Task.WhenAll(taken);
        }
    }

    /// <summary>Each second, or more often where the lease is short: this is a part of how long a takeover takes.</summary>
    private static TimeSpan LookEvery(TimeSpan lease) => TimeSpan.FromTicks(Math.Min(TimeSpan.TicksPerSecond, lease.Ticks / 3));

    private async ValueTask<StepExecution?> FindExpiredAsync()
    {
        try
        {
            return await run.Repository.Inner.ClaimPartitionAsync(Claim with { Choice = PartitionChoice.Expired }, run.Aborted);
        }
        catch (Exception fault) when (!run.Aborted.IsCancellationRequested)
        {
            // The next look tries again; a partition that was claimed without our knowledge expires once more.
            run.Logger.TakeoverFailed(run.Context.StepName, run.Context.JobExecutionId.Value, fault);
            return null;
        }
    }

    private async Task<Look> LookAsync()
    {
        Task ended;
        lock (_lock)
            ended = _ended.Task;
        return new(await run.Repository.WatchPartitionsAsync(run.Context.JobExecutionId, run.Context.StepName, run.Aborted), ended);
    }

    /// <summary>Looks again after a while, or at once where a partition has ended since the last look; all tasks of this process that have nothing to do share one look.</summary>
    private Task<Look> LookLaterAsync(Look last)
    {
        lock (_lock)
        {
            if (!last.Ended.IsCompleted)
            {
                if (_look is null || _look.IsCompleted)
                    _look = WaitAndLookAsync(last.Ended);
                return _look;
            }
        }

        return LookAsync();
    }

    private async Task<Look> WaitAndLookAsync(Task ended)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(run.Stopping, run.Aborted);
        await Task.WhenAny(ended, Task.Delay(_signals is { IsHearing: true } ? SlowPoll : Poll, run.Context.TimeProvider, waiting.Token));
        await waiting.CancelAsync();
        return await LookAsync();
    }

    private async Task RunAsync(StepExecution partition)
    {
        Interlocked.Increment(ref _runningCount);
        run.AtWork.Add(partition);
        try
        {
            await RunPartitionAsync(partition);
        }
        catch (LeaseLostException fault) when (!run.Aborted.IsCancellationRequested)
        {
            // Handed out twice, the partition belongs to who claimed it last; the job is still ours.
            run.Logger.PartitionLost(partition.Partition!, run.Context.StepName, run.Context.JobExecutionId.Value, fault);
        }
        finally
        {
            run.AtWork.Remove(partition);
            Interlocked.Decrement(ref _runningCount);
            Interlocked.Increment(ref _runCount);
            TellEnd();
        }
    }

    private void TellEnd()
    {
        lock (_lock)
        {
            _ended.TrySetResult();
            _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private async Task RunPartitionAsync(StepExecution partition)
    {
        run.Reach(FaultPoint.AfterClaim);
        await using var scope = run.Context.Services.CreateAsyncScope();
        var part = run.ForPartition(partition, _earlier.GetValueOrDefault(partition.Partition!), _skipped, Observe(partition), scope.ServiceProvider);
        var outcome = await worker.RunAsync(part);
        if (outcome.Status is BatchStatus.Stopped && run.IsHandingBack())
        {
            await run.Repository.ReleasePartitionAsync(partition.Id, partition.Fence, run.Aborted);
            return;
        }

        Note(partition, outcome);
        await EndPartitionAsync(part, outcome);
    }

    private static async Task EndPartitionAsync(StepRun part, StepOutcome outcome)
    {
        part.Reach(FaultPoint.BeforeStepEnd);
        var answer = await part.Repository.EndStepAsync(
            new()
            {
                StepExecutionId = part.Execution.Id,
                Fence = part.Execution.Fence,
                Status = outcome.Status,
                ExitCode = outcome.ExitCode,
                Counts = outcome.Counts,
                Uncommitted = outcome.Uncommitted,
                Failure = outcome.Fault is null ? null : Failure.From(outcome.Fault),
                Context = outcome.Status is BatchStatus.Completed ? part.Context.State.Pending?.Json : null,
            },
            part.Context.JobExecutionId,
            part.Aborted);
        if (answer is LeaseAnswer.Lost)
            throw new LeaseLostException($"Partition '{part.Context.Partition}' of step '{part.Context.StepName}' went to another owner.");
        part.Logger.StepEnded(
            part.Context.StepName, outcome.Status.ToString(), part.Context.JobExecutionId.Value, outcome.Counts.Read, outcome.Counts.Written, outcome.Counts.Filtered, outcome.Counts.Skipped);
    }

    /// <summary>Takes the partition's live counters into the step's progress.</summary>
    private StepProgress Observe(StepExecution partition)
    {
        var progress = new StepProgress(partition.Partition!, run.Context.TimeProvider, partition.Fraction) { Reported = Report };
        lock (_lock)
            _all.Add(progress);
        return progress;
    }

    private void Note(StepExecution partition, StepOutcome outcome)
    {
        lock (_lock)
        {
            if (outcome.Status is BatchStatus.Failed)
                FirstFault ??= new PartitionFailedException(partition.Partition!, outcome.Fault!);
        }
    }

    private void Report()
    {
        lock (_lock)
            run.Progress.Report(_all.Aggregate(default(StepCounts), (sum, progress) => sum + progress.Snapshot.Counts), fraction: null);
    }

    /// <param name="Stand">What waited and ran.</param>
    /// <param name="Ended">The next end of a partition in this process, which the look may not have seen.</param>
    private sealed record Look(PartitionStand Stand, Task Ended);
}

/// <summary>A partition failed; the others were run to their end.</summary>
internal sealed class PartitionFailedException(string partition, Exception fault)
    : Exception($"Partition '{partition}' failed: {fault.Message}", fault);
