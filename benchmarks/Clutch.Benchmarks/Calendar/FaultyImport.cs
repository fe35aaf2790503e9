using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Clutch.Benchmarks.Results;

namespace Clutch.Benchmarks.Calendar;

/// <summary>P9F: what becomes of ten thousand subscriptions whose providers misbehave in every way, and what does a second pass cost after 2 % changed?</summary>
/// <remarks>429 and 503 are left out: they shut a whole host, and one host plays all ten thousand here. ImportTests has them.</remarks>
internal static class FaultyImport
{
    private const int EventsPerFeed = 50;
    private const int ComparedEvery = 25;

    // Of each ten thousand feeds.
    private static readonly (string Behaviour, int Feeds, string Outcome)[] Faults =
    [
        ("ServerError", 100, "ServerFault"), ("NotFound", 100, "Missing"), ("Gone", 100, "Gone"), ("Unauthorized", 50, "Denied"), ("Forbidden", 50, "Denied"), ("LoginPage", 100, "WebPage"),
        ("Truncated", 100, "Rejected"), ("Torn", 100, "Broken"), ("RedirectLoop", 100, "BadRedirect"), ("Huge", 10, "TooLarge"), ("GzipBomb", 20, "TooLarge"), ("Silent", 20, "Timeout"), ("SlowDrip", 20, "Timeout"),
        ("Empty", 100, "Empty"), ("Moved301", 100, "Updated"), ("Found302", 100, "Updated"), ("Moved308", 100, "Updated"), ("Stamped", 100, "Updated"), ("Reordered", 100, "Updated"),
        ("NoValidators", 100, "Updated"), ("IgnoresConditions", 100, "Updated"),
    ];

    public static async Task RunAsync(BenchmarkOptions options)
    {
        var feeds = options.RowsOr(10_000);
        await using var town = await CalendarTown.OpenAsync(feeds, EventsPerFeed);
        var ranges = await BehaveAsync(town, feeds);
        var (first, memory) = await town.ImportAsync();
        var table = new Table(string.Create(CultureInfo.InvariantCulture, $"P9F: {feeds:N0} subscriptions of {EventsPerFeed} events, {ranges.Sum(range => range.To - range.From + 1):N0} of them with a provider that misbehaves, PostgreSQL"),
            "the provider", "feeds", "outcome of the first import", "as specified", "events stored");
        var asSpecified = 0L;
        foreach (var (name, from, to, outcome) in (IEnumerable<(string Behaviour, int From, int To, string Outcome)>)[.. ranges, ("Normal", ranges[^1].To + 1, feeds, "Updated")])
            asSpecified += await AddAsync(table, town, (name, from, to, outcome));

        var before = await town.ScalarAsync<long>("SELECT coalesce(sum(revision), 0)::bigint FROM calendar_feed");
        await town.ChangeAsync(percent: 2);
        var (second, _) = await town.ImportAsync();
        var changed = await town.ScalarAsync<long>("SELECT count(*) FROM calendar_feed WHERE last_inserted + last_updated + last_deleted > 0 AND last_outcome = 'Updated'");
        var rows = await town.ScalarAsync<long>("SELECT coalesce(sum(last_inserted + last_updated + last_deleted), 0)::bigint FROM calendar_feed WHERE last_outcome = 'Updated'");
        var checks = await town.ScalarAsync<long>("SELECT coalesce(sum(revision), 0)::bigint FROM calendar_feed") - before;
        var (compared, equal) = await CompareAsync(town, ranges[^1].To + 1);
        table.Write(options.Output,
            string.Create(CultureInfo.InvariantCulture, $"First import {first:0.0} s (deadline of a feed 20 s), {memory:0} MB at most. Second pass after 2 % changed: {second:0.0} s, {checks:N0} feeds checked, {changed:N0} of them changed, {rows:N0} rows of events written."),
            string.Create(CultureInfo.InvariantCulture, $"Afterwards the UIDs and summaries of all events of {equal} of {compared} calendars, each 25th of the sound ones, equal their source."));
        options.Aims.AtLeast("feeds whose first outcome is as specified", feeds, asSpecified, " feeds");
        options.Aims.AtLeast("calendars that equal their source after the second pass", compared, equal, " calendars");
        if (equal != compared) throw new InvalidOperationException("Calendars differ from their source.");
    }

    private static async Task<List<(string Behaviour, int From, int To, string Outcome)>> BehaveAsync(CalendarTown town, int feeds)
    {
        var (ranges, next) = (new List<(string, int, int, string)>(), 1);
        foreach (var (behaviour, share, outcome) in Faults)
        {
            var count = Math.Max(1, (int)((long)share * feeds / 10_000));
            await town.BehaveAsync(string.Create(CultureInfo.InvariantCulture, $"{next}-{next + count - 1}"), behaviour);
            ranges.Add((behaviour, next, next + count - 1, outcome));
            next += count;
        }

        return ranges;
    }

    private static async Task<long> AddAsync(Table table, CalendarTown town, (string Behaviour, int From, int To, string Outcome) range)
    {
        var within = string.Create(CultureInfo.InvariantCulture, $"FROM calendar_feed WHERE id BETWEEN {range.From} AND {range.To}");
        var outcomes = await town.ScalarAsync<string>($"SELECT string_agg(o.last_outcome || ' ' || o.n, ', ') FROM (SELECT last_outcome, count(*) AS n {within} GROUP BY last_outcome) AS o");
        var asSpecified = await town.ScalarAsync<long>($"SELECT count(*) {within} AND last_outcome = '{range.Outcome}'");
        var events = await town.ScalarAsync<long>($"SELECT coalesce(sum(event_count), 0)::bigint {within}");
        table.Add(range.Behaviour, (range.To - range.From + 1).ToString(CultureInfo.InvariantCulture), outcomes, asSpecified.ToString(CultureInfo.InvariantCulture), events.ToString("N0", CultureInfo.InvariantCulture));
        return asSpecified;
    }

    private static async Task<(int Compared, int Equal)> CompareAsync(CalendarTown town, int from)
    {
        using var client = new HttpClient { BaseAddress = town.ProviderUrl };
        var (compared, equal) = (0, 0);
        for (var feed = from; feed <= town.FeedCount; feed += ComparedEvery)
        {
            var number = feed.ToString(CultureInfo.InvariantCulture);
            var truth = await client.GetFromJsonAsync<JsonElement>($"control/calendars/feeds/{number}");
            var source = truth.GetProperty("events").EnumerateArray().Select(single => $"{single.GetProperty("uid").GetString()} {single.GetProperty("summary").GetString()!.Replace(",", "\\,", StringComparison.Ordinal)}");
            var stored = await town.ScalarAsync<string[]>($"SELECT coalesce(array_agg(uid || ' ' || substring(component FROM E'SUMMARY:([^\\r]*)')), '{{}}') FROM calendar_feed_event WHERE feed_id = {number}");
            compared++;
            equal += source.Order(StringComparer.Ordinal).SequenceEqual(stored.Order(StringComparer.Ordinal), StringComparer.Ordinal) ? 1 : 0;
        }

        return (compared, equal);
    }
}
