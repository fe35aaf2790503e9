using System.Globalization;
using CalendarSync.Storage;
using Clutch.Ical.Reading;
using Clutch.Relational;

namespace CalendarSync.Jobs;

/// <summary>What is stored of a feed: its events by key, with their content hashes and without their texts, and its own time zones.</summary>
internal sealed class KnownEvents
{
    private const string ListPostgreSql = "SELECT feed_id, uid, instance, content_hash FROM calendar_feed_event WHERE feed_id = ANY(@feeds)";

    private const string ListSqlite = """
        SELECT feed_id, uid, instance, content_hash FROM calendar_feed_event WHERE feed_id IN (SELECT value FROM json_each(@feeds))
        """;

    private const string ListZonesPostgreSql = "SELECT id, custom_zones FROM calendar_feed WHERE id = ANY(@feeds) AND custom_zones IS NOT NULL";

    private const string ListZonesSqlite = "SELECT id, custom_zones FROM calendar_feed WHERE id IN (SELECT value FROM json_each(@feeds)) AND custom_zones IS NOT NULL";

    private readonly Dictionary<ContentHash, (EventRowKey Row, ContentHash Content)> _events = [];

    /// <summary>How many there are.</summary>
    public int Count => _events.Count;

    /// <summary>The time zones that the feed defines itself, as text; empty without.</summary>
    public string CustomZones { get; private set; } = string.Empty;

    /// <summary>The keys' hashes.</summary>
    public IEnumerable<KeyValuePair<ContentHash, (EventRowKey Row, ContentHash Content)>> All => _events;

    /// <summary>Whether an event is stored, and with which content.</summary>
    public bool TryFind(ContentHash key, out ContentHash content)
    {
        var found = _events.TryGetValue(key, out var known);
        content = known.Content;
        return found;
    }

    /// <summary>Reads those of several feeds at once.</summary>
    public static async ValueTask<IReadOnlyDictionary<long, KnownEvents>> ReadAsync(RelationalDatabase database, IReadOnlyList<FeedRecord> feeds, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(feeds);
        var all = feeds.ToDictionary(feed => feed.Id, _ => new KnownEvents());
        // Of a feed that was never read nothing is stored.
        var stored = feeds.Where(feed => feed.SucceededAt is not null).Select(feed => feed.Id).ToArray();
        if (stored.Length == 0) return all;

        var statement = new Statement(database.Product == "Sqlite" ? ListSqlite : ListPostgreSql).With("feeds", stored);
        await database.QueryPatientlyAsync(statement, async (rows, token) =>
        {
            while (await rows.ReadAsync(token)) all[rows.GetInt64(0)].Add(new(rows.GetInt64(0), rows.GetString(1), rows.GetString(2)), rows.GetString(3));
            return 0;
        }, cancellationToken);
        await ReadZonesAsync(database, all, stored, cancellationToken);
        return all;
    }

    private static async ValueTask ReadZonesAsync(RelationalDatabase database, Dictionary<long, KnownEvents> all, long[] stored, CancellationToken cancellationToken)
    {
        var statement = new Statement(database.Product == "Sqlite" ? ListZonesSqlite : ListZonesPostgreSql).With("feeds", stored);
        var zones = await database.QueryPatientlyAsync(statement, Rows.All(row => (Feed: row.GetInt64(0), Text: row.GetString(1))), cancellationToken);
        foreach (var (feed, text) in zones) all[feed].CustomZones = text;
    }

    private void Add(EventRowKey row, string hash) =>
        _events[new EventKey(row.Uid, row.Instance).Hash] = (row, new ContentHash(UInt128.Parse(hash, NumberStyles.HexNumber, CultureInfo.InvariantCulture)));
}
