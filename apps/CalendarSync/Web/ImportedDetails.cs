using CalendarSync.Events;
using Clutch.Ical.Components;
using Clutch.Ical.Occurrences;
using Clutch.Ical.Zones;
using NodaTime;

namespace CalendarSync.Web;

/// <summary>An imported event, whole. What it says comes from strangers: it is shown as text.</summary>
public sealed record ImportedDetails
{
    public required string Title { get; init; }

    public required string When { get; init; }

    public required LocalDate Day { get; init; }

    public required string? Rule { get; init; }

    public required string? Location { get; init; }

    public required string? Description { get; init; }

    /// <summary>An http or https address, or null: no other scheme may become a link.</summary>
    public required string? Link { get; init; }

    public required long SubscriptionId { get; init; }

    public required string SubscriptionLabel { get; init; }

    public required string Color { get; init; }

    /// <summary>Reads a stored event.</summary>
    /// <param name="row">The event.</param>
    /// <param name="customZones">The feed's own zones, or null.</param>
    /// <param name="zone">Where the reader lives.</param>
    /// <param name="on">The day of the instance to show, or null for the first.</param>
    internal static ImportedDetails? Of(ImportedRow row, string? customZones, DateTimeZone zone, LocalDate? on)
    {
        var calendar = ImportedCalendar.Read([row.Component], customZones, zone);
        var zones = ZoneResolver.For(calendar, zone);
        if (calendar.Events.FirstOrDefault() is not { } single || FindOccurrence(single, zones, zone, on) is not { } shown)
            return null;
        return new()
        {
            Title = shown.Title,
            When = Words.When(shown),
            Day = shown.Start.Date,
            Rule = single.RecurrenceRule?.ToString(),
            Location = single.Location,
            Description = single.Description,
            Link = SafeLink(single.Url),
            SubscriptionId = row.SubscriptionId,
            SubscriptionLabel = row.Label,
            Color = row.Color,
        };
    }

    private static CalendarOccurrence? FindOccurrence(CalendarEvent single, ZoneResolver zones, DateTimeZone zone, LocalDate? on)
    {
        var series = new EventSeries("", [single]);
        var window = on is { } day ? new OccurrenceWindow(zone.AtStartOfDay(day).ToInstant(), zone.AtStartOfDay(day.PlusDays(1)).ToInstant()) : (OccurrenceWindow?)null;
        foreach (var occurrence in series.Occurrences(zones, window, new() { Occurrences = 10 }))
        {
            var shown = OccurrenceQuery.Of(occurrence, zone, string.Empty);
            if (on is null || shown.Start.Date == on)
                return shown;
        }

        return on is null ? null : FindOccurrence(single, zones, zone, on: null);
    }

    private static string? SafeLink(string? url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps) ? uri.AbsoluteUri : null;
}
