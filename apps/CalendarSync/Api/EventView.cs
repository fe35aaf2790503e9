using System.Globalization;
using CalendarSync.Events;

namespace CalendarSync.Api;

/// <summary>An own event.</summary>
internal sealed record EventView
{
    public required long Id { get; init; }

    /// <summary>What readers of the export feed know it by.</summary>
    public required string Uid { get; init; }

    public required string Title { get; init; }

    public required string? Description { get; init; }

    public required string? Location { get; init; }

    /// <summary>A name of the palette, or null for the default.</summary>
    public required string? Color { get; init; }

    public required bool IsAllDay { get; init; }

    /// <summary>A date for whole days, else wall-clock time.</summary>
    public required string Start { get; init; }

    /// <summary>The end, exclusive, likewise.</summary>
    public required string End { get; init; }

    /// <summary>An IANA zone; null for whole days.</summary>
    public required string? TimeZone { get; init; }

    /// <summary>RRULE, or null.</summary>
    public required string? Rule { get; init; }

    /// <summary>Starts of instances that do not take place.</summary>
    public required IReadOnlyList<string> Excluded { get; init; }

    public required bool IsBusy { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    public static EventView Of(OwnEvent own) => new()
    {
        Id = own.Id,
        Uid = own.Uid,
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
        UpdatedAt = own.UpdatedAt,
    };

    /// <summary>The version of an event as entity tag.</summary>
    public static string TagOf(OwnEvent own) => string.Create(CultureInfo.InvariantCulture, $"\"{own.Id}-{own.UpdatedAt.ToUnixTimeMilliseconds()}\"");
}
