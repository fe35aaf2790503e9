using Clutch.Executions;

namespace Clutch.Repository;

/// <summary>The partitions that a step execution hands out.</summary>
public sealed record PartitionPlan
{
    /// <summary>The job execution's lease.</summary>
    public required JobLease Lease { get; init; }

    /// <summary>The job instance.</summary>
    public required JobInstanceId InstanceId { get; init; }

    /// <summary>The step's name.</summary>
    public required string StepName { get; init; }

    /// <summary>The partitions to run: all at first, on a restart those which are unfinished.</summary>
    public required IReadOnlyList<PlannedPartition> Partitions { get; init; }
}

/// <summary>One partition to run.</summary>
public sealed record PlannedPartition
{
    /// <summary>Its name, unique within the step.</summary>
    public required string Name { get; init; }

    /// <summary>What it covers, as its partitioner wrote it.</summary>
    public required string Data { get; init; }

    /// <summary>Which run of the partition over the whole instance this is, from 1.</summary>
    public int StartCount { get; init; } = 1;

    /// <summary>Where it continues, or null at the beginning.</summary>
    public StepCheckpoint? Checkpoint { get; init; }

    /// <summary>The step context of the execution it continues, or null.</summary>
    public string? Context { get; init; }

    /// <summary>The node that ran it last and gets it before others; null where nobody has run it, or nobody should leave it to that node.</summary>
    public string? LastNode { get; init; }

    /// <summary>Whether it was at work when the execution it continues lost its owner; false by default. Such a partition is handed out as what a dead node left is: before all that waits, and to workers that are busy too.</summary>
    public bool IsInterrupted { get; init; }
}

/// <summary>A worker asks for a partition.</summary>
/// <param name="JobExecutionId">The job execution whose partitions it works on.</param>
/// <param name="StepName">The partitioned step.</param>
/// <param name="Node">The worker's node.</param>
/// <param name="LeaseDuration">How long the claim lasts unless renewed by chunk commits or renewals.</param>
public sealed record PartitionClaim(JobExecutionId JobExecutionId, string StepName, string Node, TimeSpan LeaseDuration)
{
    /// <summary>Which partitions the worker wants; <see cref="PartitionChoice.Any"/> by default.</summary>
    public PartitionChoice Choice { get; init; }
}

/// <summary>Which partitions a worker wants.</summary>
public enum PartitionChoice
{
    /// <summary>One that waits, or one whose lease has expired.</summary>
    Any,

    /// <summary>Only one whose lease has expired: work that a dead node left must not wait until a worker has finished its own.</summary>
    Expired,
}

/// <summary>A partition that a process runs.</summary>
/// <param name="Id">Its step execution.</param>
/// <param name="Fence">The fence it was claimed with: whoever claims it next has another.</param>
public readonly record struct HeldPartition(StepExecutionId Id, long Fence);

/// <summary>Where the partitions of a step stand.</summary>
/// <param name="Waiting">Partitions that nobody has claimed yet, or that were handed back.</param>
/// <param name="Running">Partitions that some node holds, or held when it died.</param>
public readonly record struct PartitionStand(int Waiting, int Running)
{
    /// <summary>The partitions that have not ended.</summary>
    public int Open => Waiting + Running;
}
