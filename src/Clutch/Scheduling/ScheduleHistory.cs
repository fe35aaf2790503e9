using Clutch.Executions;

namespace Clutch.Scheduling;

/// <summary>A firing that happened, or is happening.</summary>
public sealed record ScheduleFiring
{
    /// <summary>The schedule.</summary>
    public required string ScheduleName { get; init; }

    /// <summary>The time it was meant for (UTC).</summary>
    public required DateTimeOffset ScheduledAt { get; init; }

    /// <summary>When it happened (UTC).</summary>
    public required DateTimeOffset FiredAt { get; init; }

    /// <summary>How long it took, up to the end of the job execution, or null while it runs.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>The node.</summary>
    public required string Node { get; init; }

    /// <summary>What came of it.</summary>
    public required FiringResult Result { get; init; }

    /// <summary>In a sentence, or null.</summary>
    public string? Summary { get; init; }

    /// <summary>The job execution, or null where none was launched or it is not known.</summary>
    public JobExecutionId? ExecutionId { get; init; }
}

/// <summary>What came of a firing.</summary>
public enum FiringResult
{
    /// <summary>It has not ended.</summary>
    Running,

    /// <summary>The job execution completed.</summary>
    Completed,

    /// <summary>The job execution failed, or could not be launched.</summary>
    Failed,

    /// <summary>The job execution was stopped.</summary>
    Stopped,

    /// <summary>Nothing was launched, for the same work had been done or was being done already.</summary>
    Skipped,
}

/// <summary>A firing that did not happen.</summary>
/// <param name="ScheduleName">The schedule.</param>
/// <param name="ScheduledAt">The time it was meant for (UTC), or null where that is not known.</param>
/// <param name="NoticedAt">When it was noticed (UTC).</param>
/// <param name="Reason">Why.</param>
/// <param name="Node">The node that noticed it.</param>
public sealed record ScheduleMisfire(string ScheduleName, DateTimeOffset? ScheduledAt, DateTimeOffset NoticedAt, MisfireReason Reason, string Node);

/// <summary>Why a firing did not happen.</summary>
public enum MisfireReason
{
    /// <summary>No node could fire it in time; the schedule's misfire rule was applied.</summary>
    Missed,

    /// <summary>An earlier firing was still running.</summary>
    Overlap,
}

/// <summary>Which page of the history to list.</summary>
public sealed record ScheduleHistoryFilter
{
    /// <summary>The schedule, or null for all.</summary>
    public string? ScheduleName { get; init; }

    /// <summary>Not before (UTC), or null.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Before (UTC), or null: the last page's oldest instant lists the next page.</summary>
    public DateTimeOffset? Before { get; init; }

    /// <summary>Of misfires only: why, or null for all.</summary>
    public MisfireReason? Reason { get; init; }

    /// <summary>Of firings only: what came of them, or null for all.</summary>
    public FiringResult? Result { get; init; }

    /// <summary>How many at most: 1 to 500; 50 by default.</summary>
    public int Limit { get; init; } = 50;
}
