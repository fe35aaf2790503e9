namespace Clutch.Scheduling;

/// <summary>When a job is launched by itself, and with which parameters.</summary>
public sealed record ScheduleDefinition
{
    /// <summary>Its name, unique among all schedules: 1 to 100 letters, digits, <c>.</c>, <c>-</c> and <c>_</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The job it launches.</summary>
    public required string JobName { get; init; }

    /// <summary>The job's parameters by name; values may be computed per firing, see <see cref="ParameterTemplate"/>. Empty by default.</summary>
    public IReadOnlyDictionary<string, string> Parameters { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>When it fires.</summary>
    public required ScheduleTrigger Trigger { get; init; }

    /// <summary>The zone in which a cron expression and computed dates are read: an IANA name such as <c>Europe/Berlin</c>; <c>UTC</c> by default.</summary>
    public string TimeZone { get; init; } = "UTC";

    /// <summary>What becomes of firings that could not happen in time; <see cref="MisfireRule.RunOnce"/> by default.</summary>
    public MisfireRule Misfire { get; init; } = MisfireRule.RunOnce;

    /// <summary>How late a firing may be before it counts as missed: 1 s to 1 day; 1 minute by default.</summary>
    public TimeSpan MisfireThreshold { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>What becomes of a firing that is due while an earlier one still runs; <see cref="OverlapRule.Skip"/> by default.</summary>
    public OverlapRule Overlap { get; init; } = OverlapRule.Skip;

    /// <summary>What makes a firing the same piece of work as another; <see cref="FiringIdentity.ScheduledTime"/> by default.</summary>
    public FiringIdentity Identity { get; init; } = FiringIdentity.ScheduledTime;

    /// <summary>A fixed shift of all firings, from zero up to this span, taken from the schedule's name: many schedules of one hour then do not start together. Zero by default, at most 1 day.</summary>
    public TimeSpan Spread { get; init; }

    /// <summary>A further delay of each firing, from zero up to this span, different each time. Zero by default, at most 1 hour.</summary>
    public TimeSpan Jitter { get; init; }

    /// <summary>No firing lies before it (UTC); null, the default, for no such bound.</summary>
    public DateTimeOffset? StartsAt { get; init; }

    /// <summary>No firing lies after it (UTC); null, the default, for no such bound.</summary>
    public DateTimeOffset? EndsAt { get; init; }

    /// <summary>The label that a node must have to run it; null, the default, for any node.</summary>
    public string? NodeLabel { get; init; }

    /// <summary>What it is for, for lists; null where nothing was said.</summary>
    public string? Description { get; init; }

    /// <summary>Equal where all is equal, the parameters' order aside.</summary>
    public bool Equals(ScheduleDefinition? other) => other is not null && ScheduleJson.Write(this) == ScheduleJson.Write(other);

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(ScheduleJson.Write(this));
}
