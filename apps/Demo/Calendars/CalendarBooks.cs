using System.Globalization;
using Clutch.Relational;
using Demo.World;
using Simulators.Calendars;

namespace Demo.Calendars;

/// <summary>Compares what is stored with what the provider says stands in each feed, event by event.</summary>
internal sealed class CalendarBooks(RelationalDatabase database, WorldClient world)
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
            // An event of another revision of the feed has another summary: it counts as lost, and as one too many.
            var matched = truth.Events.Count(item => found.Remove(Key(item.Uid, item.Summary)));
            Interlocked.Add(ref events, truth.Events.Count);
            Interlocked.Add(ref lost, truth.Events.Count - matched);
            Interlocked.Add(ref doubled, found.Count);
        });
        return (events, lost, doubled);
    }

    private async Task<Dictionary<int, List<string>>> ReadStoredAsync(CancellationToken cancellationToken)
    {
        var stored = new Dictionary<int, List<string>>();
        var statement = new Statement("SELECT feed.url_key, event.uid, event.component FROM calendar_feed_event AS event JOIN calendar_feed AS feed ON feed.id = event.feed_id");
        await database.QueryAsync(statement, async (rows, token) =>
        {
            while (await rows.ReadAsync(token))
            {
                var feed = FeedOf(rows.GetString(0));
                if (!stored.TryGetValue(feed, out var events))
                    stored.Add(feed, events = []);
                events.Add(Key(rows.GetString(1), SummaryOf(rows.GetString(2))));
            }

            return 0;
        }, cancellationToken);
        return stored;
    }

    private static int FeedOf(string url) => int.Parse(url.AsSpan()[(url.LastIndexOf('/') + 1)..^".ics".Length], CultureInfo.InvariantCulture);

    private static string Key(string uid, string summary) => $"{uid}|{summary}";

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
