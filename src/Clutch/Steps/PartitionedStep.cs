using Clutch.Executions;
using Clutch.Repository;

namespace Clutch.Steps;

/// <summary>A step whose source is cut into partitions; each runs as a step execution with its own checkpoint, several at a time.</summary>
internal sealed class PartitionedStep(StepDefinition worker, Func<StepContext, IPartitioner> partitioner, int concurrency) : StepDefinition
{
    // How many partitions that dead nodes left a worker runs beside its own at most. With one, nodes that had taken up some could not always take up the next node whole: docs/decisions/0032.
    private const int TakeoversPerWorker = 2;

    /// <summary>Where other processes may help, or null for this process alone.</summary>
    public PartitionSpread? Spread { get; init; }

    public override bool WorksInChunks => worker.WorksInChunks;

    public override async Task<StepOutcome> RunAsync(StepRun run)
    {
        StepOutcome outcome;
        try
        {
            run = run with { IsResumed = run.IsResumed && await IsCutAsync(run) };
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
        if (run.IsResumed)
            return Continue((await HistoryAsync(run)).FindAll(IsUnfinished), await ListLostNodesAsync(run));
        var specs = await partitioner(run.Context).PartitionAsync(run.Context, run.Stopping);
        if (specs.GroupBy(spec => spec.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new InvalidOperationException($"The partitioner of step '{Name}' made two partitions named '{twice.Key}'. Names must be unique within the step.");
        return [.. specs.Select(spec => new PlannedPartition { Name = spec.Name, Data = spec.Data })];
    }

    /// <summary>Whether the run that is taken up had come to be cut.</summary>
    private async Task<bool> IsCutAsync(StepRun run) => (await HistoryAsync(run)).Count > 0;

    private static bool IsUnfinished(StepHistory partition) => partition.Last.Status is not BatchStatus.Completed;

    /// <summary>The nodes that lost an execution of this instance, as those do that die: nobody leaves them what they ran.</summary>
    private static async Task<HashSet<string>> ListLostNodesAsync(StepRun run)
    {
        var latest = await run.Repository.ListExecutionsAsync(new() { InstanceId = run.Context.InstanceId }, run.Aborted);
        return latest.Where(execution => execution.Failure is { IsLostLease: true }).Select(execution => execution.Node).ToHashSet(StringComparer.Ordinal);
    }

    private List<PlannedPartition> Continue(List<StepHistory> partitions, HashSet<string> lostNodes) =>
        partitions.ConvertAll(partition => Continue(partition.Last, lostNodes));

    private PlannedPartition Continue(StepExecution last, HashSet<string> lostNodes)
    {
        // Within one process nobody works in addition to the step's concurrency, so there it waits like the others.
        var isInterrupted = Spread is not null && last is { StartedAt: not null, Node: not null, Failure.IsLostLease: true };
        return new()
        {
            Name = last.Partition!,
            Data = last.PartitionData!,
            StartCount = last.StartedAt is null ? last.StartCount : last.StartCount + 1,
            Checkpoint = last.Checkpoint,
            Context = last.Context,
            LastNode = !isInterrupted && last.Node is { } node && lostNodes.Contains(node) ? null : last.Node,
            IsInterrupted = isInterrupted,
        };
    }

    private PartitionPlan PlanFor(StepRun run, IReadOnlyList<PlannedPartition> plan) => new()
    {
        Lease = run.Lease,
        InstanceId = run.Context.InstanceId,
        StepName = Name,
        Partitions = plan,
    };

    /// <summary>Runs partitions on as many tasks as the concurrency allows, here and where others were called; throws the first fault of a partition once all have ended.</summary>
    private async Task RunWorkersAsync(StepRun run, int partitionCount)
    {
        if (partitionCount == 0)
            return;
        var work = new PartitionWork(run, worker, await ListEarlierAsync(run), Spread is not null);
        await new CrewCalls(run, Spread, concurrency).WhileAsync(
            partitionCount,
            () => work.TakingOverAsync(() => Task.WhenAll(Enumerable.Range(0, Math.Min(concurrency, partitionCount)).Select(_ => Task.Run(work.RunAllAsync))), TakeoversPerWorker * concurrency));
        // What was taken over and lost again runs elsewhere: the step ends with it.
        await work.RunAllAsync();
        run.Stopping.ThrowIfCancellationRequested();
        if (work.FirstFault is { } fault)
            throw fault;
    }

    /// <summary>Helps with the partitions of an execution that another process manages, until none can be claimed; answers how many it ran.</summary>
    public async Task<int> HelpAsync(StepRun run)
    {
        var work = new PartitionWork(run, worker, await ListEarlierAsync(run), Spread is not null);
        await work.TakingOverAsync(work.RunWaitingAsync, TakeoversPerWorker);
        return work.RunCount;
    }

    /// <summary>The step's counters are the sums over all partitions and all executions of the instance.</summary>
    private StepOutcome SumUp(StepOutcome outcome, List<StepHistory> partitions)
    {
        outcome = outcome with { Counts = partitions.Aggregate(default(StepCounts), (sum, partition) => sum + partition.Committed) };
        if (outcome.Status is not BatchStatus.Completed || FindFault(partitions, outcome.Counts) is not { } fault)
            return outcome;
        return outcome with { Status = BatchStatus.Failed, ExitCode = nameof(BatchStatus.Failed), Fault = fault };
    }

    private Exception? FindFault(List<StepHistory> partitions, StepCounts counts)
    {
        if (!partitions.Exists(IsUnfinished))
            return worker.FindFault(counts);
        return partitions.Find(partition => partition.Last is { Status: BatchStatus.Failed, Failure: not null })?.Last is { } failed
            ? new InvalidOperationException($"Partition '{failed.Partition}' failed on node '{failed.Node}': {failed.Failure!.Message}")
            : new InvalidOperationException($"A partition of step '{Name}' is not completed.");
    }

    /// <summary>What earlier executions of the step committed in the partitions; what this one has committed already, where somebody comes to help, is in their own counters.</summary>
    private async Task<List<StepHistory>> ListEarlierAsync(StepRun run) => run.IsResumed
        ? (await HistoryAsync(run)).ConvertAll(partition => partition.Last.JobExecutionId == run.Context.JobExecutionId && partition.Last.Id.Value > run.Execution.Id.Value
            ? partition with { Committed = partition.Committed.Minus(partition.Last.Counts.Minus(partition.Last.Uncommitted)) }
            : partition)
        : [];

    private async Task<List<StepHistory>> HistoryAsync(StepRun run)
    {
        var history = await run.Repository.ListStepHistoryAsync(run.Context.InstanceId, run.Aborted);
        return [.. history.Where(step => step.Last.StepName == Name && step.Last.Partition is not null)];
    }
}

/// <summary>Which processes may help with the partitions of a step.</summary>
/// <param name="NodeLabel">The label that their nodes must have, or null for any.</param>
internal sealed record PartitionSpread(string? NodeLabel);
