using Clutch.Ical.Components;
using Clutch.Ical.Occurrences;
using Clutch.Ical.Reading;
using Clutch.Ical.Values;
using Clutch.Ical.Zones;
using NodaTime;

namespace CalendarSync.Events;

/// <summary>What takes place in a range of days: own and imported events, recurring ones expanded, in the zone of who looks.</summary>
internal sealed class OccurrenceQuery(EventStore events, ImportedEvents imported)
{
    // A series that a stranger wrote: hourly, a month.
    private const int MostOfImportedSeries = 1_000;

    /// <summary>Answers the occurrences that overlap the range.</summary>
    public async Task<OccurrencePage> RunAsync(long userId, OccurrenceRange range, CancellationToken cancellationToken)
    {
        var (from, to) = (range.Window.From.ToDateTimeOffset(), range.Window.To.ToDateTimeOffset());
        var own = await events.ListAsync(userId, from, to, OccurrenceRange.MostOccurrences, cancellationToken);
        var rows = await imported.ListAsync(userId, from, to, OccurrenceRange.MostOccurrences, cancellationToken);
        var zones = rows.Count == 0 ? new Dictionary<long, string>() : await imported.ListZonesAsync(userId, cancellationToken);

        var (ownSearch, search) = (new OccurrenceSearch(range, cancellationToken), new OccurrenceSearch(range, cancellationToken, MostOfImportedSeries));
        List<IReadOnlyList<CalendarOccurrence>> calendars = [ExpandOwn(own, ownSearch), .. ExpandFeeds([.. rows.GroupBy(row => row.FeedId)], zones, search)];
        var most = ShareOf(calendars);
        var isComplete = ownSearch.IsComplete && search.IsComplete && calendars.TrueForAll(calendar => calendar.Count <= most)
            && own.Count < OccurrenceRange.MostOccurrences && rows.Count < OccurrenceRange.MostOccurrences;
        var sorted = calendars.SelectMany(calendar => calendar.Take(most))
            .OrderBy(occurrence => occurrence.Start.Date).ThenBy(occurrence => !occurrence.IsAllDay).ThenBy(occurrence => occurrence.StartInstant)
            .ThenBy(occurrence => occurrence.Title, StringComparer.Ordinal);
        return new([.. sorted], isComplete);
    }

    // As many of each calendar as fit into the answer together: who has few is shown whole, whatever the others hold.
    private static int ShareOf(List<IReadOnlyList<CalendarOccurrence>> calendars)
    {
        var left = OccurrenceRange.MostOccurrences;
        var waiting = calendars.Count;
        foreach (var count in calendars.Select(calendar => calendar.Count).Order())
        {
            if (count > left / waiting) return left / waiting;
            left -= count;
            waiting--;
        }

        return OccurrenceRange.MostOccurrences;
    }

    private static IReadOnlyList<CalendarOccurrence> ExpandOwn(IReadOnlyList<OwnEvent> own, OccurrenceSearch search)
    {
        var zones = new ZoneResolver(search.Range.Zone);
        return [.. own.SelectMany(single => Expand(single, zones, search)).Take(OccurrenceRange.MostOccurrences + 1)];
    }

    // Small calendars first: what they leave of their share of the steps the large ones have.
    private static IEnumerable<IReadOnlyList<CalendarOccurrence>> ExpandFeeds(IReadOnlyList<IGrouping<long, ImportedRow>> feeds, IReadOnlyDictionary<long, string> zones, OccurrenceSearch search)
    {
        var waiting = feeds.Count;
        foreach (var feed in feeds.OrderBy(feed => feed.Count()))
        {
            search.Begin(waiting--);
            yield return [.. Expand([.. feed], zones.GetValueOrDefault(feed.Key), search).Take(OccurrenceRange.MostOccurrences + 1)];
        }
    }

    private static IEnumerable<CalendarOccurrence> Expand(OwnEvent own, ZoneResolver zones, OccurrenceSearch search) =>
        search.Expand(new EventSeries(own.Uid, [OwnEventComponent.Of(own)]), zones)
            .Select(occurrence => Of(occurrence, search.Range.Zone, own.Color ?? Input.Palette.Default) with { EventId = own.Id });

    private static IEnumerable<CalendarOccurrence> Expand(IReadOnlyList<ImportedRow> feed, string? customZones, OccurrenceSearch search)
    {
        var zone = search.Range.Zone;
        var calendar = ImportedCalendar.Read(feed.Select(row => row.Component), customZones, zone);
        foreach (var single in calendar.Events) DenseRules.Drop(single);
        var zones = ZoneResolver.For(calendar, zone);
        var ids = feed.ToDictionary(row => (row.Uid, row.Instance), row => row.Id);
        return EventSeries.Group(calendar.Events, zones).SelectMany(series => search.Expand(series, zones).Select(occurrence =>
            Of(occurrence, zone, feed[0].Color) with
            {
                ImportedId = FindId(ids, occurrence.Event, zones),
                SubscriptionId = feed[0].SubscriptionId,
                SubscriptionLabel = feed[0].Label,
            }));
    }

    // The instance of a floating RECURRENCE-ID is stored as if in UTC, and read here in the zone of who looks: then the series itself is what is shown.
    private static long? FindId(Dictionary<(string Uid, string Instance), long> ids, CalendarEvent single, ZoneResolver zones)
    {
        var key = EventKey.Of(single, zones);
        return ids.TryGetValue((key.Id, key.Instance), out var id) || ids.TryGetValue((key.Id, string.Empty), out id) ? id : null;
    }

    public static CalendarOccurrence Of(Occurrence occurrence, DateTimeZone zone, string color) => new()
    {
        Title = occurrence.Event.Summary is { Length: > 0 } title ? title : "(no title)",
        Location = occurrence.Event.Location,
        Color = color,
        IsAllDay = occurrence.Start.IsDate,
        Start = LocalOf(occurrence.Start, occurrence.StartInstant, zone),
        End = LocalOf(occurrence.End, occurrence.EndInstant, zone),
        StartInstant = occurrence.StartInstant,
        EndInstant = occurrence.EndInstant,
        Instance = EventTimes.Text(occurrence.RecurrenceId),
        IsRecurring = occurrence.Event.IsRecurring || occurrence.Event.RecurrenceId is not null,
    };

    private static LocalDateTime LocalOf(CalendarTime time, Instant instant, DateTimeZone zone) => time.IsDate ? time.Local : instant.InZone(zone).LocalDateTime;
}
