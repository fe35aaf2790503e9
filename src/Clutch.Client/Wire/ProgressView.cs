namespace Clutch.Client.Wire;

/// <summary>How far an execution is: what a live stream sends.</summary>
public sealed record ProgressView
{
    /// <summary>The execution.</summary>
    public required long ExecutionId { get; init; }

    /// <summary>The job.</summary>
    public required string Job { get; init; }

    /// <summary>Where it stands.</summary>
    public required ExecutionStatus Status { get; init; }

    /// <summary>The outcome its flow ended with; null while it runs.</summary>
    public string? ExitCode { get; init; }

    /// <summary>When it began (UTC).</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When it ended (UTC), or null while it runs.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Why it failed, or null.</summary>
    public FailureView? Failure { get; init; }

    /// <summary>When this was true (UTC).</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Its steps, partitions added up, in the order of their start.</summary>
    public required IReadOnlyList<StepProgressView> Steps { get; init; }
}

/// <summary>How far a step is, its partitions added up.</summary>
public sealed record StepProgressView
{
    /// <summary>The step's name.</summary>
    public required string Step { get; init; }

    /// <summary>Where it stands: of partitions, what most needs a look.</summary>
    public required ExecutionStatus Status { get; init; }

    /// <summary>Its counters as of the last commit.</summary>
    public required CountsView Counts { get; init; }

    /// <summary>How much of the source is behind it, 0 to 1, or null where that is not known.</summary>
    public double? Fraction { get; init; }

    /// <summary>When it began (UTC), or null where it waits.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended (UTC), or null while it runs.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Its partitions, or null where it has none.</summary>
    public PartitionCounts? Partitions { get; init; }

    /// <summary>Items read per second: in a stream over the last seconds, else since the step began.</summary>
    public double ItemsPerSecond { get; init; }

    /// <summary>How many seconds the rest takes at the rate so far, or null where that is not known.</summary>
    public double? RemainingSeconds { get; init; }
}

/// <summary>Where the partitions of a step stand.</summary>
/// <param name="Total">All of them.</param>
/// <param name="Waiting">Those that wait for a claim.</param>
/// <param name="Running">Those at work.</param>
/// <param name="Completed">Those done.</param>
/// <param name="Failed">Those that failed.</param>
public sealed record PartitionCounts(long Total, long Waiting, long Running, long Completed, long Failed);
