using System.Globalization;
using Quartz;

namespace Clutch.Scheduling.Times;

/// <summary>What changes between winter and summer time do to firings.</summary>
internal sealed class ClockChanges(FiringTimes times)
{
    private readonly CronExpression? _onPaper = times.Cron?.WithTimeZone(TimeZoneInfo.Utc);

    /// <summary>What it does to a firing at this instant, or null where the clock does nothing to it.</summary>
    public ClockChange? ChangeAt(DateTimeOffset instant)
    {
        if (_onPaper is null)
            return null;
        var local = TimeZoneInfo.ConvertTime(instant, times.Zone);
        var before = times.Zone.GetUtcOffset(instant.AddSeconds(-1));
        if (local.Offset > before)
            return LeftOut(local, local.Offset - before);
        return times.Zone.IsAmbiguousTime(local.DateTime) && !IsRunTwice(instant, local) ? new ClockChange.Repeated(local.DateTime, local.Offset) : null;
    }

    /// <summary>The same in English.</summary>
    public static string? InWords(ClockChange? change) => change switch
    {
        null => null,
        ClockChange.LeftOut gap => $"On {Day(gap.To)} the clock goes from {Time(gap.From)} to {Time(gap.To)}: {Time(gap.Named)} does not exist, so it runs at {Time(gap.To)}.",
        ClockChange.Repeated repeated => $"On {Day(repeated.Named)} {Time(repeated.Named)} comes twice, for the clock is set back: it runs the first time only ({Offset(repeated.Offset)}).",
        _ => throw new System.Diagnostics.UnreachableException($"Unknown change '{change}'."),
    };

    /// <summary>Notes on the changes of the clock in the year to come that touch the schedule.</summary>
    public IEnumerable<string> InTheYearAfter(DateTimeOffset instant)
    {
        if (_onPaper is null)
            yield break;
        var end = instant.AddDays(366);
        for (var change = Zones.NextChange(times.Zone, instant); change < end; change = Zones.NextChange(times.Zone, change.Value.AddMinutes(1)))
        {
            if (FirstNoteAround(change.Value) is { } note)
                yield return note;
        }
    }

    private string? FirstNoteAround(DateTimeOffset change)
    {
        var end = change.AddHours(2);
        for (var firing = times.After(change.AddHours(-2)); firing <= end; firing = times.After(firing.Value))
        {
            if (InWords(ChangeAt(firing.Value)) is { } note)
                return note;
        }

        return null;
    }

    // What falls into the missing hour runs at its end, all of it at once.
    private ClockChange.LeftOut? LeftOut(DateTimeOffset local, TimeSpan jump)
    {
        var gap = local.DateTime - jump;
        var missed = _onPaper!.GetNextValidTimeAfter(new DateTimeOffset(gap, TimeSpan.Zero).AddSeconds(-1));
        if (missed is null || missed.Value.DateTime >= local.DateTime)
            return null;
        return new(missed.Value.DateTime, gap, local.DateTime);
    }

    // What runs every hour or oftener runs in both hours of the same name.
    private bool IsRunTwice(DateTimeOffset instant, DateTimeOffset local)
    {
        var offsets = times.Zone.GetAmbiguousTimeOffsets(local.DateTime);
        var apart = offsets.Max() - offsets.Min();
        var twin = local.Offset == offsets.Max() ? instant + apart : instant - apart;
        return times.After(twin.AddSeconds(-1)) == twin;
    }

    private static string Offset(TimeSpan offset) => $"UTC{(offset < TimeSpan.Zero ? "-" : "+")}{offset.ToString("hh\\:mm", CultureInfo.InvariantCulture)}";

    private static string Day(DateTime local) => local.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Time(DateTime local) => local.ToString(local.Second == 0 ? "HH:mm" : "HH:mm:ss", CultureInfo.InvariantCulture);
}
