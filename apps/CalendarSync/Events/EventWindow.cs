using Clutch.Ical.Components;
using Clutch.Ical.Occurrences;
using Clutch.Ical.Recurrence;
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

    /// <summary>Steps that the search for first and last instances may take in one feed.</summary>
    /// <remarks>Enough for thousands of counted series; of rules that name nothing, a second or two.</remarks>
    public const long MostSteps = 200_000;

    private static readonly Instant Earliest = Instant.FromDateTimeOffset(DateTimeOffset.MinValue);
    private static readonly Instant Latest = Instant.FromDateTimeOffset(Endless);

    // Zones lie between UTC-12 and UTC+14; a date, a floating time or one in an unknown zone is kept as if in UTC.
    private static readonly Duration ZoneSpread = Duration.FromHours(14);

    // The search for one instance ends here; counted rules that are longer count as endless.
    private static readonly ExpansionLimits CountLimits = new() { Occurrences = 500, CountedInstances = 500, StepsWithoutHit = 10_000 };

    /// <summary>The window of an event.</summary>
    /// <param name="single">An event whose start can be read.</param>
    /// <param name="zones">The zones of its file, with UTC as default zone.</param>
    public static EventWindow Of(CalendarEvent single, ZoneResolver zones)
    {
        var span = EventSpan.Of(single, zones) ?? throw new ArgumentException("The event has no start that can be read.", nameof(single));
        return Of(single, zones, span, new StepBudget(MostSteps));
    }

    /// <summary>The window of an event whose span is known.</summary>
    /// <param name="single">The event.</param>
    /// <param name="zones">The zones of its file.</param>
    /// <param name="span">Its span.</param>
    /// <param name="steps">For its feed; once they are used up, what would have to be searched for is taken as everywhere.</param>
    public static EventWindow Of(CalendarEvent single, ZoneResolver zones, EventSpan span, StepBudget steps)
    {
        ArgumentNullException.ThrowIfNull(single);
        var spread = IsFixed(span.Start, zones) ? Duration.Zero : ZoneSpread;
        return new(Before(EarliestDate(single, zones, span.StartInstant, steps), spread), LastEnd(single, zones, span, steps) is { } end ? After(end, spread) : Endless);
    }

    // A time in a zone that nobody knows is read in the zone of who looks, as a floating one is.
    private static bool IsFixed(CalendarTime start, ZoneResolver zones) => start.Kind switch
    {
        CalendarTimeKind.Utc => true,
        CalendarTimeKind.Zoned => zones.FindZone(start.TimeZoneId!) is not null,
        _ => false,
    };

    // RDATE may name an instance before DTSTART.
    private static Instant EarliestDate(CalendarEvent single, ZoneResolver zones, Instant start, StepBudget steps)
    {
        if (single.FindProperty("RDATE") is null)
            return start;
        if (!steps.TryExpand(new EventSeries("", [single]), zones, new(Earliest, start), CountLimits with { Occurrences = 1 }, out var before))
            return Earliest;
        return before.Occurrences is [var first, ..] ? first.StartInstant : start;
    }

    private static Instant? LastEnd(CalendarEvent single, ZoneResolver zones, EventSpan span, StepBudget steps)
    {
        if (single.IsThisAndFuture)
            return null;
        if (!single.IsRecurring || single.RecurrenceId is not null)
            return span.EndInstant;
        // Of several rules the last to end counts, and only the first is at hand as a rule.
        if (single.Properties.Count(property => property.Name == "RRULE") > 1)
            return LastCounted(single, zones, span, steps);
        var rule = single.RecurrenceRule;
        if (single.FindProperty("RDATE") is null && rule is { Count: null, Until: { } until })
            return until.Local.Year >= Endless.Year ? null : Instant.Max(span.EndInstant, Sum(zones.ToInstant(until), Duration.FromDays(2) + (span.EndInstant - span.StartInstant)));
        if (single.FindProperty("RDATE") is null && rule is { Count: { } count } && IsEven(rule))
            return LastEven(span, (count - 1L) * rule.Interval * (rule.Frequency == RecurrenceFrequency.Weekly ? 7 : 1));
        return rule is { Count: null } ? null : LastCounted(single, zones, span, steps);
    }

    // Every so many days or weeks and nothing else: the last instance needs no search.
    private static bool IsEven(RecurrenceRule rule) => rule.Frequency is RecurrenceFrequency.Daily or RecurrenceFrequency.Weekly &&
        rule.ByMonth.Count + rule.ByWeekNumber.Count + rule.ByYearDay.Count + rule.ByMonthDay.Count + rule.ByDay.Count == 0 &&
        rule.ByHour.Count + rule.ByMinute.Count + rule.BySecond.Count + rule.BySetPosition.Count == 0;

    // Two days more than the calendar counts, as zones may be on both sides of the date line in between.
    private static Instant? LastEven(EventSpan span, long days) =>
        days + 2 < (Latest - span.EndInstant).TotalDays ? span.EndInstant + Duration.FromDays(days + 2) : null;

    private static Instant? LastCounted(CalendarEvent single, ZoneResolver zones, EventSpan span, StepBudget steps)
    {
        if (!steps.TryExpand(new EventSeries("", [single]), zones, new(Earliest, Latest), CountLimits, out var expansion) || expansion.EndedBy != ExpansionEnd.Complete)
            return null;
        return expansion.Occurrences.Aggregate(span.EndInstant, (last, occurrence) => Instant.Max(last, occurrence.EndInstant));
    }

    // Some programs write "for ever" as UNTIL=99991231T235959Z, or "unknown" as 00010101: both lie at the ends of what an instant can be.
    private static DateTimeOffset Before(Instant instant, Duration time) => instant - Earliest > time ? (instant - time).ToDateTimeOffset() : DateTimeOffset.MinValue;

    private static DateTimeOffset After(Instant instant, Duration time) => Latest - instant > time ? (instant + time).ToDateTimeOffset() : Endless;

    private static Instant Sum(Instant instant, Duration time) => Latest - instant > time ? instant + time : Latest;
}
