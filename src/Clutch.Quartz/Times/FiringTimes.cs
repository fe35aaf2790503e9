using System.Security.Cryptography;
using System.Text;
using Quartz;

namespace Clutch.Scheduling.Times;

/// <summary>The times that a schedule names, and how far each firing is put off from them.</summary>
internal sealed class FiringTimes
{
    private readonly ScheduleDefinition _definition;
    private readonly CronExpression? _cron;
    private readonly DateTimeOffset _anchor;

    public FiringTimes(ScheduleDefinition definition)
    {
        _definition = definition;
        Zone = Zones.Of(definition);
        _cron = definition.Trigger is ScheduleTrigger.Cron cron ? CronText.Parse(cron.Expression, Zone) : null;
        // Without a start, intervals are counted from 1970: every process, and every deployment, means the same instants.
        _anchor = definition.StartsAt ?? DateTimeOffset.UnixEpoch;
    }

    public TimeZoneInfo Zone { get; }

    public CronExpression? Cron => _cron;

    /// <summary>How far all firings are put off.</summary>
    public TimeSpan Spread => Share(_definition.Name, _definition.Spread);

    private TimeSpan Interval => ((ScheduleTrigger.Every)_definition.Trigger).Interval;

    /// <summary>The first time named after the given instant, or null.</summary>
    public DateTimeOffset? After(DateTimeOffset instant)
    {
        if (_definition.StartsAt is { } start && instant < start)
            instant = start - TimeSpan.FromTicks(1);
        var next = _cron is not null ? After(_cron, instant) : Floor(instant) + Interval;
        return next > _definition.EndsAt ? null : next;
    }

    /// <summary>The time a firing was meant for: a missed firing that is made up for counts as the latest one missed.</summary>
    public DateTimeOffset MeantFor(DateTimeOffset firedFor)
    {
        if (_cron is null)
            return Floor(firedFor);
        var whole = new DateTimeOffset(firedFor.UtcTicks - (firedFor.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
        return _cron.GetPreviousValidTimeBefore(whole.AddSeconds(1)) ?? firedFor;
    }

    /// <summary>When a firing that is meant for the given time is due: every process computes the same.</summary>
    public DateTimeOffset DueAt(DateTimeOffset scheduledAt) =>
        scheduledAt + Spread + Share($"{_definition.Name}/{JobTime(scheduledAt)}", _definition.Jitter);

    // Asked from within the hour that comes twice, the expression would name the second 02:30 of the day, although the first has been: so it is asked from before that hour.
    private DateTimeOffset? After(CronExpression cron, DateTimeOffset instant)
    {
        var isRepeated = Zone.IsAmbiguousTime(TimeZoneInfo.ConvertTime(instant, Zone).DateTime);
        var next = cron.GetNextValidTimeAfter(isRepeated ? instant.AddHours(-2) : instant);
        while (next <= instant)
            next = cron.GetNextValidTimeAfter(next.Value);
        return next;
    }

    private static string JobTime(DateTimeOffset instant) => Executions.JobParameters.Format(instant);

    private DateTimeOffset Floor(DateTimeOffset instant)
    {
        var steps = Math.DivRem(instant.UtcTicks - _anchor.UtcTicks, Interval.Ticks, out var rest);
        if (rest < 0)
            steps--;
        return _anchor.ToUniversalTime().AddTicks(steps * Interval.Ticks);
    }

    private static TimeSpan Share(string name, TimeSpan whole)
    {
        if (whole == TimeSpan.Zero)
            return TimeSpan.Zero;
        var hash = BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
        var share = (hash >> 11) / (double)(1UL << 53);
        return TimeSpan.FromSeconds(Math.Floor(whole.TotalSeconds * share));
    }
}
