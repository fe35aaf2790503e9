using NodaTime;

namespace CalendarSync.Events;

/// <summary>One instance of an event, own or imported, in the zone of who looks.</summary>
public sealed record CalendarOccurrence
{
    /// <summary>The own event, or null for an imported one.</summary>
    public long? EventId { get; init; }

    /// <summary>The imported event, or null for an own one.</summary>
    public long? ImportedId { get; init; }

    /// <summary>The subscription it comes from, or null for an own one.</summary>
    public long? SubscriptionId { get; init; }

    /// <summary>The name of that subscription, or null.</summary>
    public string? SubscriptionLabel { get; init; }

    public required string Title { get; init; }

    public string? Location { get; init; }

    /// <summary>A name of the palette.</summary>
    public required string Color { get; init; }

    public required bool IsAllDay { get; init; }

    /// <summary>The start by the clock of who looks; of whole days the midnight.</summary>
    public required LocalDateTime Start { get; init; }

    /// <summary>The end, exclusive, likewise.</summary>
    public required LocalDateTime End { get; init; }

    /// <summary>The instant of the start, by which occurrences are sorted.</summary>
    public required Instant StartInstant { get; init; }

    /// <summary>The instant of the end.</summary>
    public required Instant EndInstant { get; init; }

    /// <summary>The start that the rule gave it, as the event writes it: what names this instance.</summary>
    public required string Instance { get; init; }

    /// <summary>Whether its event has more instances.</summary>
    public required bool IsRecurring { get; init; }

    /// <summary>The last day it touches.</summary>
    public LocalDate LastDay => End > Start && End.TimeOfDay == LocalTime.Midnight ? End.Date.PlusDays(-1) : End.Date;
}
