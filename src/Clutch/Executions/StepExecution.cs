namespace Clutch.Executions;

/// <summary>Names a step execution.</summary>
public readonly record struct StepExecutionId(long Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>One run of a step, or of one partition of a step, as the repository knows it.</summary>
public sealed record StepExecution
{
    /// <summary>Its id in the job repository.</summary>
    public required StepExecutionId Id { get; init; }

    /// <summary>The job execution it belongs to.</summary>
    public required JobExecutionId JobExecutionId { get; init; }

    /// <summary>The job instance it belongs to.</summary>
    public required JobInstanceId InstanceId { get; init; }

    /// <summary>The step's name within the job.</summary>
    public required string StepName { get; init; }

    /// <summary>The partition's name, or null for a step as a whole.</summary>
    public string? Partition { get; init; }

    /// <summary>What the partition covers, as its partitioner wrote it; null for a step as a whole.</summary>
    public string? PartitionData { get; init; }

    /// <summary>Where it stands.</summary>
    public required BatchStatus Status { get; init; }

    /// <summary>The outcome that transitions look at, or null while it runs.</summary>
    public string? ExitCode { get; init; }

    /// <summary>Which run of this step (or partition) over the whole instance this is, from 1.</summary>
    public required int StartCount { get; init; }

    /// <summary>What it did, the failed chunk's reads and tolerated skips included.</summary>
    public StepCounts Counts { get; init; }

    /// <summary>The part of <see cref="Counts"/> that belongs to a chunk which failed and never committed: what it had read and tolerated.</summary>
    /// <remarks>A restart reads those items again; sums over an instance leave this part out.</remarks>
    public StepCounts Uncommitted { get; init; }

    /// <summary>Where a restart continues, or null before the first commit.</summary>
    public StepCheckpoint? Checkpoint { get; init; }

    /// <summary>How much of the source is behind the checkpoint, 0 to 1; null where the reader cannot tell.</summary>
    public double? Fraction { get; init; }

    /// <summary>The step context as JSON, or null where nothing was kept.</summary>
    public string? Context { get; init; }

    /// <summary>The node that runs it or ran it last, be it in an earlier execution; null for a partition that nobody has run.</summary>
    public string? Node { get; init; }

    /// <summary>The fencing token that each chunk commit must match.</summary>
    public required long Fence { get; init; }

    /// <summary>When it started (UTC), or null for a partition that waits for a claim.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it last committed or was renewed (UTC).</summary>
    public DateTimeOffset? UpdatedAt { get; init; }

    /// <summary>When it ended (UTC), or null while it runs.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Why it failed, or null.</summary>
    public Failure? Failure { get; init; }
}
