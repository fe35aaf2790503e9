using Clutch.Ical.Occurrences;
using NodaTime;

namespace CalendarSync.Events;

/// <summary>Days of which somebody wants to see the events.</summary>
/// <param name="From">The first day.</param>
/// <param name="To">The day after the last.</param>
/// <param name="Zone">Where they are days.</param>
internal sealed record OccurrenceRange(LocalDate From, LocalDate To, DateTimeZone Zone)
{
    /// <summary>The most days of one question.</summary>
    public const int MostDays = 400;

    /// <summary>The most occurrences of one answer.</summary>
    public const int MostOccurrences = 5_000;

    /// <summary>The instants between its first and its last midnight.</summary>
    public OccurrenceWindow Window => new(Zone.AtStartOfDay(From).ToInstant(), Zone.AtStartOfDay(To).ToInstant());
}
