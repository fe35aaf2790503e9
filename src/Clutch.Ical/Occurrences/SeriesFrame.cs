using Clutch.Ical.Components;
using Clutch.Ical.Values;
using Clutch.Ical.Zones;

namespace Clutch.Ical.Occurrences;

/// <summary>What all parts of an expansion need to know of the series: its event, its span, its clock.</summary>
internal sealed class SeriesFrame(CalendarEvent master, EventSpan span, ZoneResolver zones, ExpansionLimits limits)
{
    public CalendarEvent Master => master;

    public EventSpan Span => span;

    public ZoneResolver Zones => zones;

    public ExpansionLimits Limits => limits;

    public ZoneClock Clock { get; } = zones.ClockOf(span.Start);

    /// <summary>Any time of the file as a wall-clock time of this series: of an all-day series its day, of a date in a timed series that day at the start's time.</summary>
    public long LocalOf(CalendarTime time)
    {
        if (span.Start.IsDate) return CalendarTime.OfDate(time.Date).LocalSeconds;
        if (time.IsDate) return time.LocalSeconds + TimeOfStart;
        return Clock.ToLocal(zones.ToUtc(time));
    }

    /// <summary>The instant of any time of the file, as this series understands it.</summary>
    public long UtcOf(CalendarTime time) =>
        span.Start.IsDate || time.IsDate ? Clock.ToUtc(LocalOf(time)) : zones.ToUtc(time);

    private long TimeOfStart => span.Start.LocalSeconds - CalendarTime.OfDate(span.Start.Date).LocalSeconds;
}
