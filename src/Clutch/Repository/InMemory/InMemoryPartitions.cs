using Clutch.Executions;

namespace Clutch.Repository.InMemory;

/// <summary>The partitions of a step: laid out, claimed, handed back, and given up when node after node died with one.</summary>
internal sealed class InMemoryPartitions(InMemoryTables tables)
{
    private const int MaxLost = 3;
    private static readonly Failure Quarantined = new() { Type = "Quarantined", Message = "three nodes in a row died with it before a chunk was committed" };

    public bool Create(PartitionPlan plan)
    {
        if (!tables.Holds(plan.Lease, out _))
            return false;
        if (IsRepeated(plan))
            return true;
        foreach (var partition in plan.Partitions)
            Add(plan, partition);
        return true;
    }

    public StepExecution? Claim(PartitionClaim claim)
    {
        var row = tables.Executions.TryGetValue(claim.JobExecutionId.Value, out var execution) && execution.Status is BatchStatus.Started
            ? tables.StepsOf(claim.JobExecutionId).Where(row => IsClaimable(row, claim)).MinBy(row => TurnOf(row, claim))
            : null;
        if (row is null)
            return null;
        // With the first fence it was at work in the execution before: no node of this one has died with it.
        row.LostCount += row.Step is { Status: BatchStatus.Started, Fence: > 0 } ? 1 : 0;
        row.Step = row.Step with
        {
            Status = BatchStatus.Started,
            Node = claim.Node,
            Fence = row.Step.Fence + 1,
            StartedAt = row.Step.StartedAt ?? tables.Now,
            UpdatedAt = tables.Now,
        };
        row.LeaseExpiresAt = tables.Now + claim.LeaseDuration;
        return row.Step;
    }

    public void Release(StepExecutionId partition, long fence)
    {
        if (tables.Holds(partition, fence, out var row))
        {
            row.Step = row.Step with { Status = BatchStatus.Starting, Fence = fence + 1, UpdatedAt = tables.Now };
            row.LeaseExpiresAt = DateTimeOffset.MinValue;
        }
    }

    public PartitionStand Watch(JobExecutionId execution, string stepName)
    {
        var partitions = tables.StepsOf(execution).Where(row => row.Step.StepName == stepName && row.Step.Partition is not null).ToList();
        foreach (var row in partitions.Where(row => IsLost(row) && row.LostCount >= MaxLost - 1))
            row.Step = row.Step with { Status = BatchStatus.Failed, ExitCode = nameof(BatchStatus.Failed), Fence = row.Step.Fence + 1, Failure = Quarantined, EndedAt = tables.Now };
        return new(
            partitions.Count(row => row.Step.Status is BatchStatus.Starting),
            partitions.Count(row => row.Step.Status is BatchStatus.Started or BatchStatus.Stopping));
    }

    // The call before made the step's latest row. A flow that comes back to the step has begun it anew, with a row of its own.
    private bool IsRepeated(PartitionPlan plan) =>
        tables.StepsOf(plan.Lease.ExecutionId).LastOrDefault(row => row.Step.StepName == plan.StepName) is { Step.Partition: not null };

    private void Add(PartitionPlan plan, PlannedPartition partition)
    {
        var step = new StepExecution
        {
            Id = new(tables.NextId()),
            JobExecutionId = plan.Lease.ExecutionId,
            InstanceId = plan.InstanceId,
            StepName = plan.StepName,
            Partition = partition.Name,
            PartitionData = partition.Data,
            Status = partition.IsInterrupted ? BatchStatus.Started : BatchStatus.Starting,
            StartedAt = partition.IsInterrupted ? tables.Now : null,
            StartCount = partition.StartCount,
            Checkpoint = partition.Checkpoint,
            Context = partition.Context,
            Node = partition.LastNode,
            Fence = 0,
        };
        tables.StepRows.Add(step.Id.Value, new(step));
    }

    private bool IsClaimable(StepRow row, PartitionClaim claim) =>
        row.Step.StepName == claim.StepName && row.Step.Partition is not null &&
        ((claim.Choice is PartitionChoice.Any && row.Step.Status is BatchStatus.Starting) || (IsLost(row) && row.LostCount < MaxLost - 1));

    // What a dead node left (what this node was at itself first), what this node ran last, what nobody ran, the rest.
    private static (int, DateTimeOffset) TurnOf(StepRow row, PartitionClaim claim) => row.Step switch
    {
        { Status: BatchStatus.Started, Node: var last } => (last == claim.Node ? 0 : 1, row.LeaseExpiresAt),
        { Node: null } => (3, default),
        { Node: var last } => (last == claim.Node ? 2 : 4, default),
    };

    private bool IsLost(StepRow row) => row.Step.Status is BatchStatus.Started && row.LeaseExpiresAt < tables.Now;
}
