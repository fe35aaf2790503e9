namespace Clutch.Client.Wire;

/// <summary>The state of everything at a glance.</summary>
public sealed record OverviewView
{
    /// <summary>Executions at work.</summary>
    public required BoundedCount Running { get; init; }

    /// <summary>Executions that failed in the last 24 hours.</summary>
    public required BoundedCount FailedLastDay { get; init; }

    /// <summary>Executions that completed in the last 24 hours.</summary>
    public required BoundedCount CompletedLastDay { get; init; }

    /// <summary>Dead letters that wait for somebody.</summary>
    public required BoundedCount OpenDeadLetters { get; init; }

    /// <summary>Server processes that gave a sign of life lately.</summary>
    public required int LiveNodes { get; init; }

    /// <summary>Server processes that vanished without a farewell.</summary>
    public required int LostNodes { get; init; }

    /// <summary>When this was true (UTC).</summary>
    public required DateTimeOffset At { get; init; }
}

/// <summary>A count that stops at a bound, so that it never costs more than that.</summary>
/// <param name="Value">The count, or the bound.</param>
/// <param name="IsMore">Whether there are more than <paramref name="Value"/>.</param>
public sealed record BoundedCount(long Value, bool IsMore);

/// <summary>A job with its latest executions.</summary>
public sealed record JobHistoryView
{
    /// <summary>The job.</summary>
    public required string Job { get; init; }

    /// <summary>Its latest executions, newest first.</summary>
    public required IReadOnlyList<RunView> Runs { get; init; }

    /// <summary>How long its latest completed executions took, or null where none has completed.</summary>
    public DurationView? Duration { get; init; }

    /// <summary>When an execution last completed (UTC), or null.</summary>
    public DateTimeOffset? LastSuccessAt { get; init; }
}

/// <summary>An execution in a history.</summary>
public sealed record RunView
{
    /// <summary>The execution.</summary>
    public required long Id { get; init; }

    /// <summary>Where it stands.</summary>
    public required ExecutionStatus Status { get; init; }

    /// <summary>When it began (UTC).</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>How long it ran, or has run so far.</summary>
    public required double DurationSeconds { get; init; }

    /// <summary>Items read by all its steps.</summary>
    public required long Read { get; init; }

    /// <summary>Items written by all its steps.</summary>
    public required long Written { get; init; }

    /// <summary>Items skipped by all its steps.</summary>
    public required long Skipped { get; init; }
}
