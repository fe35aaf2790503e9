using Clutch.Ical.Components;
using Clutch.Ical.Occurrences;
using Clutch.Ical.Values;
using Clutch.Ical.Zones;
using NodaTime;

namespace CalendarSync.Events;

/// <summary>Between which instants all instances of an event lie, whatever the zone of who looks: what a range query asks the index for.</summary>
/// <param name="From">No instance begins before.</param>
/// <param name="To">No instance ends after; <see cref="Endless"/> where that is not known.</param>
internal sealed record EventWindow(DateTimeOffset From, DateTimeOffset To)
{
    /// <summary>For a series without an end.</summary>
    public static readonly DateTimeOffset Endless = new(9999, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly Instant Earliest = Instant.FromDateTimeOffset(DateTimeOffset.MinValue);
    private static readonly Instant Latest = Instant.FromDateTimeOffset(Endless);

    // Zones lie between UTC-12 and UTC+14; a date, a floating time or one in an unknown zone is kept as if in UTC.
    private static readonly Duration ZoneSpread = Duration.FromHours(14);

    // The search for the last instance of a counted rule ends here; longer ones count as endless.
    private static readonly ExpansionLimits CountLimits = new() { Occurrences = 500, CountedInstances = 500, StepsWithoutHit = 10_000 };

    /// <summary>The window of an event.</summary>
    /// <param name="single">An event whose start can be read.</param>
    /// <param name="zones">The zones of its file, with UTC as default zone.</param>
    public static EventWindow Of(CalendarEvent single, ZoneResolver zones)
    {
        var span = EventSpan.Of(single, zones) ?? throw new ArgumentException("The event has no start that can be read.", nameof(single));
        return Of(single, zones, span);
    }

    /// <summary>The window of an event whose span is known.</summary>
    public static EventWindow Of(CalendarEvent single, ZoneResolver zones, EventSpan span)
    {
        ArgumentNullException.ThrowIfNull(single);
        var spread = IsFixed(span.Start, zones) ? Duration.Zero : ZoneSpread;
        return new(Before(EarliestDate(single, zones, span.StartInstant), spread), LastEnd(single, zones, span) is { } end ? After(end, spread) : Endless);
    }

    // A time in a zone that nobody knows is read in the zone of who looks, as a floating one is.
    private static bool IsFixed(CalendarTime start, ZoneResolver zones) => start.Kind switch
    {
        CalendarTimeKind.Utc => true,
        CalendarTimeKind.Zoned => zones.FindZone(start.TimeZoneId!) is not null,
        _ => false,
    };

    // RDATE may name an instance before DTSTART.
    private static Instant EarliestDate(CalendarEvent single, ZoneResolver zones, Instant start) =>
        single.FindProperty("RDATE") is null ? start : Instant.Min(start, FirstOf(single, zones) ?? start);

    private static Instant? FirstOf(CalendarEvent single, ZoneResolver zones)
    {
        foreach (var occurrence in new EventSeries("", [single]).Occurrences(zones).Take(1))
            return occurrence.StartInstant;
        return null;
    }

    private static Instant? LastEnd(CalendarEvent single, ZoneResolver zones, EventSpan span)
    {
        if (single.IsThisAndFuture)
            return null;
        if (!single.IsRecurring || single.RecurrenceId is not null)
            return span.EndInstant;
        if (single.FindProperty("RDATE") is null && single.RecurrenceRule is { Count: null, Until: { } until })
            return until.Local.Year >= Endless.Year ? null : Instant.Max(span.EndInstant, Sum(zones.ToInstant(until), Duration.FromDays(2) + (span.EndInstant - span.StartInstant)));
        return single.RecurrenceRule is { Count: null } ? null : LastCounted(single, zones, span);
    }

    private static Instant? LastCounted(CalendarEvent single, ZoneResolver zones, EventSpan span)
    {
        var everywhere = new OccurrenceWindow(Instant.FromUtc(1, 1, 1, 0, 0), Instant.FromDateTimeOffset(Endless));
        var expansion = new EventSeries("", [single]).Expand(zones, everywhere, CountLimits);
        if (expansion.EndedBy != ExpansionEnd.Complete)
            return null;
        return expansion.Occurrences.Aggregate(span.EndInstant, (last, occurrence) => Instant.Max(last, occurrence.EndInstant));
    }

    // Some programs write "for ever" as UNTIL=99991231T235959Z, or "unknown" as 00010101: both lie at the ends of what an instant can be.
    private static DateTimeOffset Before(Instant instant, Duration time) => instant - Earliest > time ? (instant - time).ToDateTimeOffset() : DateTimeOffset.MinValue;

    private static DateTimeOffset After(Instant instant, Duration time) => Latest - instant > time ? (instant + time).ToDateTimeOffset() : Endless;

    private static Instant Sum(Instant instant, Duration time) => Latest - instant > time ? instant + time : Latest;
}
