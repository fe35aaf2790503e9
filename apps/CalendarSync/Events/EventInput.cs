namespace CalendarSync.Events;

/// <summary>An own event as a user gives it.</summary>
public sealed record EventInput
{
    /// <summary>1 to 200 characters.</summary>
    public string? Title { get; init; }

    /// <summary>Up to 8,000 characters, or null.</summary>
    public string? Description { get; init; }

    /// <summary>Up to 500 characters, or null.</summary>
    public string? Location { get; init; }

    /// <summary>A name of the palette, or null for the default.</summary>
    public string? Color { get; init; }

    /// <summary>Whether it takes whole days.</summary>
    public bool IsAllDay { get; init; }

    /// <summary><c>2026-03-02</c> for whole days, else the wall-clock time <c>2026-03-02T09:00</c>.</summary>
    public string? Start { get; init; }

    /// <summary>The end, exclusive, likewise; null for one day or one hour.</summary>
    public string? End { get; init; }

    /// <summary>The IANA zone of a timed event; null for the user's.</summary>
    public string? TimeZone { get; init; }

    /// <summary>RRULE (RFC 5545, 3.3.10), daily or coarser; null for a single event.</summary>
    public string? Rule { get; init; }

    /// <summary>Starts of instances that do not take place; at most 1,000.</summary>
    public IReadOnlyList<string>? Excluded { get; init; }

    /// <summary>Whether it blocks the time; true when null.</summary>
    public bool? IsBusy { get; init; }

    /// <summary>What would have to be given for an event to be as it is.</summary>
    public static EventInput Of(OwnEvent own)
    {
        ArgumentNullException.ThrowIfNull(own);
        return new()
        {
            Title = own.Title,
            Description = own.Description,
            Location = own.Location,
            Color = own.Color,
            IsAllDay = own.IsAllDay,
            Start = own.StartLocal,
            End = own.EndLocal,
            TimeZone = own.TimeZone,
            Rule = own.Rule,
            Excluded = own.Excluded,
            IsBusy = own.IsBusy,
        };
    }
}
