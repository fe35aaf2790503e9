namespace Clutch.Client.Wire;

/// <summary>An execution with its steps, and what is expected of it.</summary>
public sealed record ExecutionDetails
{
    /// <summary>The execution.</summary>
    public required ExecutionView Execution { get; init; }

    /// <summary>Its steps, partitions added up, in the order of their start.</summary>
    public required IReadOnlyList<StepProgressView> Steps { get; init; }

    /// <summary>When it is restarted without anybody asking (UTC), or null where it is not.</summary>
    public DateTimeOffset? RestartsAt { get; init; }

    /// <summary>Why it is not restarted any more, or null where it is, or never was to be.</summary>
    public string? GaveUpBecause { get; init; }

    /// <summary>How long the job took so far, or null where no execution of it has completed.</summary>
    public DurationView? Expected { get; init; }
}

/// <summary>How long completed executions of a job took.</summary>
/// <param name="Count">How many of the latest were looked at.</param>
/// <param name="MedianSeconds">The median.</param>
/// <param name="P95Seconds">The 95th percentile.</param>
/// <param name="MaxSeconds">The longest.</param>
public sealed record DurationView(int Count, double MedianSeconds, double P95Seconds, double MaxSeconds);
