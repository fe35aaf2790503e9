using System.Globalization;
using Clutch.Relational;
using Demo.World;
using Simulators.Calendars;

namespace Demo.Calendars;

/// <summary>Compares what is stored with what the provider says stands in each feed, event by event.</summary>
internal sealed class CalendarBooks(RelationalDatabase database, WorldClient world, FeedAddresses feeds)
{
    private const int AtOnce = 8;
    private const string Summary = "SUMMARY:";

    /// <summary>Events that are missing or stale, and events that are stored beyond what the provider has.</summary>
    public async Task<(long Events, long Lost, long Doubled)> CompareAsync(int feedCount, CancellationToken cancellationToken)
    {
        var stored = await ReadStoredAsync(cancellationToken);
        long events = 0, lost = 0, doubled = 0;
        await Parallel.ForEachAsync(Enumerable.Range(1, feedCount), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (feed, token) =>
        {
            var truth = await world.GetAsync(string.Create(CultureInfo.InvariantCulture, $"control/calendars/feeds/{feed}"), CalendarJson.Default.FeedTruth, token);
            var found = stored.GetValueOrDefault(feed) ?? [];
            // An event of another revision of the feed has another summary and mostly other times: it counts as lost, and as one too many.
            var matched = truth.Events.Count(item => found.Remove(KeyOf(item)));
            Interlocked.Add(ref events, truth.Events.Count);
            Interlocked.Add(ref lost, truth.Events.Count - matched);
            Interlocked.Add(ref doubled, found.Count);
        });
        return (events, lost, doubled);
    }

    private async Task<Dictionary<int, List<string>>> ReadStoredAsync(CancellationToken cancellationToken)
    {
        var stored = new Dictionary<int, List<string>>();
        var statement = new Statement("""
            SELECT feed.url_key, event.uid, event.start_local, event.end_local, event.component
            FROM calendar_feed_event AS event
            JOIN calendar_feed AS feed ON feed.id = event.feed_id
            WHERE feed.url_key LIKE @own
            """).With("own", feeds.Pattern);
        await database.QueryAsync(statement, async (rows, token) =>
        {
            while (await rows.ReadAsync(token))
            {
                if (feeds.Find(rows.GetString(0)) is not { } feed)
                    continue;
                if (!stored.TryGetValue(feed, out var events))
                    stored.Add(feed, events = []);
                events.Add(Key(rows.GetString(1), rows.GetString(2), rows.GetString(3), SummaryOf(rows.GetString(4))));
            }

            return 0;
        }, cancellationToken);
        return stored;
    }

    // The stored times are those written in the feed: dates, or wall-clock times in the zone of the event.
    private static string KeyOf(FeedEvent item)
    {
        var format = item.Kind is FeedEventKind.AllDay ? "yyyy-MM-dd" : "yyyy-MM-dd'T'HH:mm:ss";
        return Key(item.Uid, item.Start.ToString(format, CultureInfo.InvariantCulture), item.End.ToString(format, CultureInfo.InvariantCulture), item.Summary);
    }

    private static string Key(string uid, string start, string end, string summary) => $"{uid}|{start}|{end}|{summary}";

    private static string SummaryOf(string component)
    {
        foreach (var line in component.AsSpan().EnumerateLines())
        {
            if (line.StartsWith(Summary, StringComparison.Ordinal))
                return line[Summary.Length..].ToString().Replace("\\,", ",", StringComparison.Ordinal);
        }

        return string.Empty;
    }
}
