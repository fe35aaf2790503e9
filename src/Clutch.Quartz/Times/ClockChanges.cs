using System.Globalization;
using Quartz;

namespace Clutch.Scheduling.Times;

/// <summary>Says in words what a change between winter and summer time does to a firing.</summary>
internal sealed class ClockChanges(FiringTimes times)
{
    private readonly CronExpression? _onPaper = times.Cron?.WithTimeZone(TimeZoneInfo.Utc);

    /// <summary>The note for a firing at this instant, or null where the clock does nothing to it.</summary>
    public string? NoteOn(DateTimeOffset instant)
    {
        if (_onPaper is null)
            return null;
        var local = TimeZoneInfo.ConvertTime(instant, times.Zone);
        var before = times.Zone.GetUtcOffset(instant.AddSeconds(-1));
        if (local.Offset > before)
            return NoteOnGap(local, local.Offset - before);
        return times.Zone.IsAmbiguousTime(local.DateTime) && !IsRunTwice(instant, local) ? NoteOnRepeat(local) : null;
    }

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
            if (NoteOn(firing.Value) is { } note)
                return note;
        }

        return null;
    }

    // What falls into the missing hour runs at its end, all of it at once.
    private string? NoteOnGap(DateTimeOffset local, TimeSpan jump)
    {
        var gap = local.DateTime - jump;
        var missed = _onPaper!.GetNextValidTimeAfter(new DateTimeOffset(gap, TimeSpan.Zero).AddSeconds(-1));
        if (missed is null || missed.Value.DateTime >= local.DateTime)
            return null;
        return $"On {Day(local)} the clock goes from {Time(gap)} to {Time(local.DateTime)}: {Time(missed.Value.DateTime)} does not exist, so it runs at {Time(local.DateTime)}.";
    }

    // What runs every hour or oftener runs in both hours of the same name.
    private bool IsRunTwice(DateTimeOffset instant, DateTimeOffset local)
    {
        var offsets = times.Zone.GetAmbiguousTimeOffsets(local.DateTime);
        var apart = offsets.Max() - offsets.Min();
        var twin = local.Offset == offsets.Max() ? instant + apart : instant - apart;
        return times.After(twin.AddSeconds(-1)) == twin;
    }

    private string NoteOnRepeat(DateTimeOffset local)
    {
        var offset = $"UTC{(local.Offset < TimeSpan.Zero ? "-" : "+")}{local.Offset.ToString("hh\\:mm", CultureInfo.InvariantCulture)}";
        return $"On {Day(local)} {Time(local.DateTime)} comes twice, for the clock is set back: it runs the first time only ({offset}).";
    }

    private static string Day(DateTimeOffset local) => local.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Time(DateTime local) => local.ToString(local.Second == 0 ? "HH:mm" : "HH:mm:ss", CultureInfo.InvariantCulture);
}
