using System.Text;
using CalendarSync.Storage;
using Clutch.Ical.Reading;
using Clutch.Relational;

namespace CalendarSync.Jobs;

/// <summary>Some servers give each event a new UID at each request. An event that vanished and one that appeared, alike in all but their UID, are one: its row stays.</summary>
internal static class UnstableUids
{
    private const string ListPostgreSql = "SELECT id, feed_id, uid, instance, component FROM calendar_feed_event WHERE feed_id = ANY(@feeds)";

    private const string ListSqlite = """
        SELECT id, feed_id, uid, instance, component FROM calendar_feed_event WHERE feed_id IN (SELECT value FROM json_each(@feeds))
        """;

    // What differs between two requests besides the UID, or says nothing of the event.
    private static readonly string[] Passing = ["UID", "DTSTAMP", "CREATED", "LAST-MODIFIED", "SEQUENCE", "X-"];

    /// <summary>Whether there is anything to pair.</summary>
    public static bool MayHave(FeedChanges changes) => changes.Deletes.Count > 0 && changes.Inserts.Count > 0;

    /// <summary>The same changes with pairs of deleted and inserted events as renamed ones.</summary>
    public static async Task<FeedChanges> PairAsync(RelationalDatabase database, long feedId, FeedChanges changes, CancellationToken cancellationToken)
    {
        var vanished = await ReadAsync(database, feedId, [.. changes.Deletes], cancellationToken);
        List<ImportedEvent> inserts = [];
        List<RenamedEvent> renames = [];
        HashSet<EventRowKey> kept = [];
        foreach (var imported in changes.Inserts)
        {
            if (vanished.TryGetValue((imported.Instance, HashOf(imported.Component)), out var rows) && rows.TryDequeue(out var row))
            {
                renames.Add(new(row.Id, imported.Uid, imported.ContentHash, imported.Component));
                kept.Add(row.Key);
            }
            else
            {
                inserts.Add(imported);
            }
        }

        return changes with
        {
            Inserts = inserts,
            Renames = renames,
            Deletes = [.. changes.Deletes.Where(key => !kept.Contains(key))],
        };
    }

    private static async Task<Dictionary<(string Instance, ContentHash Content), Queue<(long Id, EventRowKey Key)>>> ReadAsync(
        RelationalDatabase database, long feedId, HashSet<EventRowKey> deletes, CancellationToken cancellationToken)
    {
        var statement = new Statement(database.Product == "Sqlite" ? ListSqlite : ListPostgreSql).With("feeds", new[] { feedId });
        return await database.QueryPatientlyAsync(statement, async (rows, token) =>
        {
            Dictionary<(string Instance, ContentHash Content), Queue<(long Id, EventRowKey Key)>> vanished = [];
            while (await rows.ReadAsync(token))
            {
                var key = new EventRowKey(rows.GetInt64(1), rows.GetString(2), rows.GetString(3));
                if (!deletes.Contains(key)) continue;
                var content = (key.Instance, HashOf(rows.GetString(4)));
                if (!vanished.TryGetValue(content, out var alike)) vanished.Add(content, alike = new());
                alike.Enqueue((rows.GetInt64(0), key));
            }

            return vanished;
        }, cancellationToken);
    }

    private static ContentHash HashOf(string component)
    {
        var kept = new StringBuilder(component.Length);
        var keeps = true;
        foreach (var line in component.AsSpan().EnumerateLines())
        {
            // A folded line belongs to the one before it.
            if (line.Length == 0 || line[0] != ' ') keeps = !IsPassing(line);
            if (keeps) kept.Append(line).Append('\n');
        }

        return ContentHash.Of(Encoding.UTF8.GetBytes(kept.ToString()));
    }

    private static bool IsPassing(ReadOnlySpan<char> line)
    {
        foreach (var name in Passing)
        {
            if (line.StartsWith(name, StringComparison.OrdinalIgnoreCase) && (name[^1] == '-' || (line.Length > name.Length && line[name.Length] is ':' or ';'))) return true;
        }

        return false;
    }
}
