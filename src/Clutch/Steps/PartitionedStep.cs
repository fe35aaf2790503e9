using Clutch.Executions;
using Clutch.Repository;
using Clutch.Telemetry;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Steps;

/// <summary>A step whose source is cut into partitions; each runs as a step execution with its own checkpoint, several at a time.</summary>
internal sealed class PartitionedStep(StepDefinition worker, Func<StepContext, IPartitioner> partitioner, int concurrency) : StepDefinition
{
    public override async Task<StepOutcome> RunAsync(StepRun run)
    {
        StepOutcome outcome;
        try
        {
            var plan = await PlanAsync(run);
            run.Reach(FaultPoint.BeforePartitions);
            if (plan.Count > 0 && !await run.Repository.CreatePartitionsAsync(PlanFor(run, plan), run.Aborted))
                throw new LeaseLostException($"The lease of job execution {run.Context.JobExecutionId} went to another owner.");
            await RunWorkersAsync(run, plan.Count);
            outcome = StepOutcome.For(BatchStatus.Completed, run.Context);
        }
        catch (Exception fault)
        {
            outcome = EndFor(fault, run);
        }

        return SumUp(outcome, await HistoryAsync(run));
    }

    public override StepDefinition ForRedrive() => worker.ForRedrive();

    /// <summary>The partitions to run: on a restart those of the first cut that are not completed, whatever the partitioner would say now.</summary>
    private async Task<IReadOnlyList<PlannedPartition>> PlanAsync(StepRun run)
    {
        var known = await HistoryAsync(run);
        if (known.Count > 0 && run.IsResumed)
            return known.FindAll(partition => partition.Last.Status is not BatchStatus.Completed).ConvertAll(partition => Continue(partition.Last));
        var specs = await partitioner(run.Context).PartitionAsync(run.Context, run.Stopping);
        if (specs.GroupBy(spec => spec.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new InvalidOperationException($"The partitioner of step '{Name}' made two partitions named '{twice.Key}'. Names must be unique within the step.");
        return [.. specs.Select(spec => new PlannedPartition { Name = spec.Name, Data = spec.Data })];
    }

    private static PlannedPartition Continue(StepExecution last) => new()
    {
        Name = last.Partition!,
        Data = last.PartitionData!,
        StartCount = last.StartedAt is null ? last.StartCount : last.StartCount + 1,
        Checkpoint = last.Checkpoint,
        Context = last.Context,
    };

    private PartitionPlan PlanFor(StepRun run, IReadOnlyList<PlannedPartition> plan) => new()
    {
        Lease = run.Lease,
        InstanceId = run.Context.InstanceId,
        StepName = Name,
        Partitions = plan,
    };

    /// <summary>Runs claims on as many tasks as the concurrency allows; throws the first fault of a partition once all have ended.</summary>
    private async Task RunWorkersAsync(StepRun run, int partitionCount)
    {
        var earlier = run.IsResumed ? await HistoryAsync(run) : [];
        var work = new PartitionWork(run, earlier);
        var workers = Enumerable.Range(0, Math.Min(concurrency, partitionCount)).Select(_ => Task.Run(() => WorkAsync(run, work)));
        await Task.WhenAll(workers);
        run.Stopping.ThrowIfCancellationRequested();
        if (work.FirstFault is { } fault)
            throw fault;
    }

    private async Task WorkAsync(StepRun run, PartitionWork work)
    {
        while (!run.Stopping.IsCancellationRequested)
        {
            var claim = new PartitionClaim(run.Context.JobExecutionId, Name, run.Lease.Node, run.LeaseDuration);
            if (await run.Repository.ClaimPartitionAsync(claim, run.Aborted) is not { } partition)
                return;
            try
            {
                await RunPartitionAsync(run, partition, work);
            }
            catch (LeaseLostException fault) when (!run.Aborted.IsCancellationRequested)
            {
                // Handed out twice, the partition belongs to who claimed it last; the job is still ours.
                run.Logger.PartitionLost(partition.Partition!, Name, run.Context.JobExecutionId.Value, fault);
            }
        }
    }

    private async Task RunPartitionAsync(StepRun run, StepExecution partition, PartitionWork work)
    {
        run.Reach(FaultPoint.AfterClaim);
        await using var scope = run.Context.Services.CreateAsyncScope();
        var part = run.ForPartition(partition, work.EarlierOf(partition), work.Skipped, work.Observe(partition), scope.ServiceProvider);
        var outcome = await worker.RunAsync(part);
        work.End(partition, outcome);
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

    /// <summary>The step's counters are the sums over all partitions and all executions of the instance.</summary>
    private StepOutcome SumUp(StepOutcome outcome, List<StepHistory> partitions)
    {
        outcome = outcome with { Counts = partitions.Aggregate(default(StepCounts), (sum, partition) => sum + partition.Committed) };
        if (outcome.Status is not BatchStatus.Completed || partitions.TrueForAll(partition => partition.Last.Status is BatchStatus.Completed))
            return outcome;
        return outcome with
        {
            Status = BatchStatus.Failed,
            ExitCode = nameof(BatchStatus.Failed),
            Fault = new InvalidOperationException($"A partition of step '{Name}' is not completed."),
        };
    }

    private async Task<List<StepHistory>> HistoryAsync(StepRun run)
    {
        var history = await run.Repository.ListStepHistoryAsync(run.Context.InstanceId, run.Aborted);
        return [.. history.Where(step => step.Last.StepName == Name && step.Last.Partition is not null)];
    }

    /// <summary>What the workers of one step execution share: earlier counters, live counters, the first fault.</summary>
    private sealed class PartitionWork(StepRun run, List<StepHistory> earlier)
    {
        private readonly Lock _lock = new();
        private readonly Dictionary<string, StepCounts> _earlier =
            earlier.ToDictionary(partition => partition.Last.Partition!, partition => partition.Committed, StringComparer.Ordinal);

        private readonly List<StepProgress> _all = [];

        public SkipCount Skipped { get; } = new(earlier.Sum(partition => partition.Committed.Skipped));

        public Exception? FirstFault { get; private set; }

        public StepCounts EarlierOf(StepExecution partition) => _earlier.GetValueOrDefault(partition.Partition!);

        /// <summary>Takes the partition's live counters into the step's progress.</summary>
        public StepProgress Observe(StepExecution partition)
        {
            var progress = new StepProgress(partition.Partition!, run.Context.TimeProvider, partition.Fraction) { Reported = Report };
            lock (_lock)
                _all.Add(progress);
            return progress;
        }

        public void End(StepExecution partition, StepOutcome outcome)
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
    }
}

/// <summary>A partition failed; the others were run to their end.</summary>
internal sealed class PartitionFailedException(string partition, Exception fault)
    : Exception($"Partition '{partition}' failed: {fault.Message}", fault);
