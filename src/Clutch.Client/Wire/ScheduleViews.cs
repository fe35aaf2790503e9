using System.ComponentModel.DataAnnotations;

namespace Clutch.Client.Wire;

/// <summary>When a job is launched by itself, and with which parameters.</summary>
public sealed record ScheduleBody
{
    /// <summary>Its name: 1 to 100 letters, digits, <c>.</c>, <c>-</c> and <c>_</c>.</summary>
    [Required]
    [StringLength(100, MinimumLength = 1)]
    [RegularExpression("^[A-Za-z0-9._-]+$")]
    public required string Name { get; init; }

    /// <summary>The job.</summary>
    [Required]
    [StringLength(200, MinimumLength = 1)]
    public required string Job { get; init; }

    /// <summary>The job's parameters; values may hold <c>{scheduled:yyyy-MM-dd}</c> and its like.</summary>
    // Not 'init': a generated reader gives such a property null where the document leaves it out.
    public IReadOnlyDictionary<string, string> Parameters { get; set => field = value ?? Empty; } = Empty;

    private static Dictionary<string, string> Empty => new(StringComparer.Ordinal);

    /// <summary>A cron expression of five to seven fields, or null where <see cref="EverySeconds"/> is given: exactly one of both.</summary>
    [StringLength(200)]
    public string? Cron { get; init; }

    /// <summary>Seconds between two firings, or null where <see cref="Cron"/> is given: exactly one of both.</summary>
    [Range(1, 31_536_000)]
    public double? EverySeconds { get; init; }

    /// <summary>The zone by its IANA name; <c>UTC</c> by default.</summary>
    [Required]
    [StringLength(100, MinimumLength = 1)]
    public string TimeZone { get; set; } = "UTC";

    /// <summary>What becomes of firings that could not happen in time.</summary>
    [EnumDataType(typeof(MisfireChoice))]
    public MisfireChoice Misfire { get; set; } = MisfireChoice.RunOnce;

    /// <summary>How late a firing may be before it counts as missed, in seconds; 60 by default.</summary>
    [Range(1, 86_400)]
    public double MisfireThresholdSeconds { get; set; } = 60;

    /// <summary>What becomes of a firing that is due while an earlier one runs.</summary>
    [EnumDataType(typeof(OverlapChoice))]
    public OverlapChoice Overlap { get; set; } = OverlapChoice.Skip;

    /// <summary>What makes a firing the same piece of work as another.</summary>
    [EnumDataType(typeof(IdentityChoice))]
    public IdentityChoice Identity { get; set; } = IdentityChoice.ScheduledTime;

    /// <summary>A fixed shift of all firings, from zero up to so many seconds.</summary>
    [Range(0, 86_400)]
    public double SpreadSeconds { get; init; }

    /// <summary>A delay of each firing, from zero up to so many seconds, different each time.</summary>
    [Range(0, 3_600)]
    public double JitterSeconds { get; init; }

    /// <summary>No firing lies before it (UTC); null for no bound.</summary>
    public DateTimeOffset? StartsAt { get; init; }

    /// <summary>No firing lies after it (UTC); null for no bound.</summary>
    public DateTimeOffset? EndsAt { get; init; }

    /// <summary>The label that a node must have to run it; null for any node.</summary>
    [StringLength(100)]
    public string? NodeLabel { get; init; }

    /// <summary>What it is for, or null.</summary>
    [StringLength(500)]
    public string? Description { get; init; }

    /// <summary>The revision that the author has seen, for an edit; null overwrites whatever is there.</summary>
    public int? Revision { get; init; }

    /// <summary>Why it is changed, for the audit log, or null.</summary>
    [StringLength(500)]
    public string? Reason { get; init; }
}

/// <summary>What becomes of firings that could not happen in time.</summary>
public enum MisfireChoice
{
    /// <summary>One firing makes up for all that were missed.</summary>
    RunOnce,

    /// <summary>What was missed is left out.</summary>
    Skip,

    /// <summary>Each missed firing is made up for, in order.</summary>
    RunAll,
}

/// <summary>What becomes of a firing that is due while an earlier one runs.</summary>
public enum OverlapChoice
{
    /// <summary>It is left out.</summary>
    Skip,

    /// <summary>It waits; of several, one is kept.</summary>
    Wait,

    /// <summary>It runs beside the earlier one.</summary>
    Allow,
}

/// <summary>What makes a firing the same piece of work as another.</summary>
public enum IdentityChoice
{
    /// <summary>Schedule and scheduled time.</summary>
    ScheduledTime,

    /// <summary>The job's identifying parameters.</summary>
    Parameters,
}

/// <summary>A schedule as it stands.</summary>
public sealed record ScheduleView
{
    /// <summary>What holds now.</summary>
    public required ScheduleBody Definition { get; init; }

    /// <summary>Where it came from: <c>Code</c>, <c>EditedCode</c> or <c>Created</c>.</summary>
    public required string Origin { get; init; }

    /// <summary>Whether it fires: <c>Active</c>, <c>Paused</c>, <c>Ended</c> or <c>Faulty</c>.</summary>
    public required string State { get; init; }

    /// <summary>Who paused it, or null.</summary>
    public string? PausedBy { get; init; }

    /// <summary>Why it was paused, or null.</summary>
    public string? PauseReason { get; init; }

    /// <summary>When it was paused (UTC), or null.</summary>
    public DateTimeOffset? PausedAt { get; init; }

    /// <summary>Its trigger in words.</summary>
    public required string InWords { get; init; }

    /// <summary>The next firings, soonest first.</summary>
    public required IReadOnlyList<PlannedFiringView> Next { get; init; }

    /// <summary>When it last fired (UTC), or null.</summary>
    public DateTimeOffset? LastFiredAt { get; init; }

    /// <summary>How often it has been changed, from 1.</summary>
    public required int Revision { get; init; }

    /// <summary>The latest changes, newest first.</summary>
    public required IReadOnlyList<ScheduleChangeView> Changes { get; init; }
}

/// <summary>A firing that is to come.</summary>
/// <param name="At">When (UTC).</param>
/// <param name="Local">The same on the clock of the schedule's zone.</param>
/// <param name="Note">What a change of the clock does to it, or null.</param>
public sealed record PlannedFiringView(DateTimeOffset At, DateTimeOffset Local, string? Note);

/// <summary>A change of a schedule.</summary>
/// <param name="At">When (UTC).</param>
/// <param name="By">Who.</param>
/// <param name="Action">What was done.</param>
/// <param name="Details">More of it, or null.</param>
public sealed record ScheduleChangeView(DateTimeOffset At, string By, string Action, string? Details);

/// <summary>What a schedule would do.</summary>
/// <param name="InWords">Its trigger in words.</param>
/// <param name="Firings">The firings, soonest first.</param>
/// <param name="Notes">What to know about it.</param>
public sealed record SchedulePreviewView(string InWords, IReadOnlyList<PlannedFiringView> Firings, IReadOnlyList<string> Notes);

/// <summary>A firing that happened.</summary>
public sealed record FiringView
{
    /// <summary>The schedule.</summary>
    public required string Schedule { get; init; }

    /// <summary>The time it was meant for (UTC).</summary>
    public required DateTimeOffset ScheduledAt { get; init; }

    /// <summary>When it happened (UTC).</summary>
    public required DateTimeOffset FiredAt { get; init; }

    /// <summary>How long it took, or null while it runs.</summary>
    public double? DurationSeconds { get; init; }

    /// <summary>The node.</summary>
    public required string Node { get; init; }

    /// <summary>What came of it: <c>Running</c>, <c>Completed</c>, <c>Failed</c>, <c>Stopped</c> or <c>Skipped</c>.</summary>
    public required string Result { get; init; }

    /// <summary>In a sentence, or null.</summary>
    public string? Summary { get; init; }

    /// <summary>The job execution, or null.</summary>
    public long? ExecutionId { get; init; }
}

/// <summary>A firing that did not happen.</summary>
/// <param name="Schedule">The schedule.</param>
/// <param name="ScheduledAt">The time it was meant for (UTC), or null.</param>
/// <param name="NoticedAt">When it was noticed (UTC).</param>
/// <param name="Reason">Why: <c>Missed</c> or <c>Overlap</c>.</param>
/// <param name="Node">The node that noticed it.</param>
public sealed record MisfireView(string Schedule, DateTimeOffset? ScheduledAt, DateTimeOffset NoticedAt, string Reason, string Node);
