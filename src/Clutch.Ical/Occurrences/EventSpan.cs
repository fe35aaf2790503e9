using Clutch.Ical.Components;
using Clutch.Ical.Properties;
using Clutch.Ical.Values;
using Clutch.Ical.Zones;
using NodaTime;

namespace Clutch.Ical.Occurrences;

/// <summary>When an event really begins and ends, DTEND, DURATION and their defaults taken together (RFC 5545, 3.6.1).</summary>
/// <remarks>A date without an end lasts one day, a time without an end no time at all. An end before the start is moved to the start.</remarks>
public readonly record struct EventSpan
{
    private EventSpan(CalendarTime start, CalendarTime end, long startUtc, long endUtc)
    {
        Start = start;
        End = end;
        StartUtc = startUtc;
        EndUtc = endUtc;
    }

    /// <summary>When it begins, as written.</summary>
    public CalendarTime Start { get; }

    /// <summary>When it ends, exclusive, in the kind and zone of <see cref="Start"/>.</summary>
    public CalendarTime End { get; }

    /// <summary>The instant of <see cref="Start"/>; of a date its midnight in the default zone: to compare with, not to store.</summary>
    public Instant StartInstant => SecondClock.ToInstant(StartUtc);

    /// <summary>The instant of <see cref="End"/>, likewise.</summary>
    public Instant EndInstant => SecondClock.ToInstant(EndUtc);

    internal long StartUtc { get; }

    internal long EndUtc { get; }

    /// <summary>Whole days of its length, which later instances add by the calendar.</summary>
    internal int NominalDays { get; private init; }

    /// <summary>The rest of its length, which later instances add by the clock.</summary>
    internal long ExactSeconds { get; private init; }

    internal bool EndedBeforeStart { get; private init; }

    internal bool HasMixedTypes { get; private init; }

    /// <summary>The span of an event, or null when it has no start that can be read.</summary>
    public static EventSpan? Of(CalendarEvent calendarEvent, ZoneResolver zones)
    {
        ArgumentNullException.ThrowIfNull(calendarEvent);
        ArgumentNullException.ThrowIfNull(zones);
        if (calendarEvent.TimeOf(PropertyId.DtStart, zones.LastTimeZoneId) is not { } start) return null;
        if (calendarEvent.TimeOf(PropertyId.DtEnd, start.TimeZoneId) is { } end) return start.IsDate ? OfDates(start, end, zones) : OfTimes(start, end, zones);

        var duration = calendarEvent.TryFind(PropertyId.Duration, out var property) && property.TryGetDuration(out var written) ? written : CalendarDuration.Zero;
        return start.IsDate ? OfDays(start, DaysOf(duration), zones, duration.IsNegative) : OfLength(start, duration, zones);
    }

    /// <summary>The end of an instance that starts at this wall-clock time.</summary>
    internal (long Local, long Utc) EndOf(long local, long utc, ZoneClock clock)
    {
        if (Start.IsDate)
        {
            var endLocal = local + ((long)NominalDays * SecondClock.SecondsPerDay);
            return (endLocal, clock.ToUtc(endLocal));
        }

        var endUtc = (NominalDays == 0 ? utc : clock.ToUtc(local + ((long)NominalDays * SecondClock.SecondsPerDay))) + ExactSeconds;
        return (clock.ToLocal(endUtc), endUtc);
    }

    private static EventSpan OfDates(CalendarTime start, CalendarTime end, ZoneResolver zones)
    {
        var days = Period.DaysBetween(start.Date, end.Date);
        return OfDays(start, days, zones, days < 0) with { HasMixedTypes = !end.IsDate };
    }

    private static EventSpan OfDays(CalendarTime start, int days, ZoneResolver zones, bool endedBeforeStart)
    {
        days = Math.Max(days, 1);
        var end = start.At(start.LocalSeconds + ((long)days * SecondClock.SecondsPerDay));
        return new(start, end, zones.ToUtc(start), zones.ToUtc(end)) { NominalDays = days, EndedBeforeStart = endedBeforeStart };
    }

    private static EventSpan OfTimes(CalendarTime start, CalendarTime end, ZoneResolver zones)
    {
        var clock = zones.ClockOf(start);
        var startUtc = clock.ToUtc(start.LocalSeconds);
        // A date after a start with a time: the beginning of that day where the event takes place.
        var endUtc = end.IsDate ? clock.ToUtc(end.LocalSeconds) : zones.ToUtc(end);
        var isBefore = endUtc < startUtc;
        if (isBefore) endUtc = startUtc;

        var endLocal = clock.ToLocal(endUtc);
        var (days, seconds) = Math.DivRem(Math.Max(0, endLocal - start.LocalSeconds), SecondClock.SecondsPerDay);
        return new(start, start.At(endLocal), startUtc, endUtc)
        {
            NominalDays = (int)days,
            ExactSeconds = seconds,
            EndedBeforeStart = isBefore,
            HasMixedTypes = end.IsDate,
        };
    }

    private static EventSpan OfLength(CalendarTime start, CalendarDuration duration, ZoneResolver zones)
    {
        var isBefore = duration.IsNegative;
        if (isBefore) duration = CalendarDuration.Zero;
        var clock = zones.ClockOf(start);
        var startUtc = clock.ToUtc(start.LocalSeconds);
        var span = new EventSpan(start, start, startUtc, startUtc) { NominalDays = duration.Days, ExactSeconds = duration.Seconds, EndedBeforeStart = isBefore };
        var (endLocal, endUtc) = span.EndOf(start.LocalSeconds, startUtc, clock);
        return new(start, start.At(endLocal), startUtc, endUtc) { NominalDays = duration.Days, ExactSeconds = duration.Seconds, EndedBeforeStart = isBefore };
    }

    private static int DaysOf(CalendarDuration duration) =>
        duration.Days + (int)((duration.Seconds + SecondClock.SecondsPerDay - 1) / SecondClock.SecondsPerDay);
}
