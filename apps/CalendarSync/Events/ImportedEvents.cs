using Clutch.Relational;

namespace CalendarSync.Events;

/// <summary>The events of the feeds a user subscribes to; read only.</summary>
internal sealed class ImportedEvents(RelationalDatabase database)
{
    private const string Columns = "e.id, e.feed_id, e.uid, e.instance, e.component, s.id, s.label, s.color";

    // A series is needed whole as soon as one of its rows may lie in the window: an override may have left it, or come into it.
    // Feeds take turns: one that holds thousands of series in the window hides none of the others.
    private const string ListWindow = $"""
        WITH every AS (
            SELECT DISTINCT e.feed_id, e.uid FROM calendar_subscription s JOIN calendar_feed_event e ON e.feed_id = s.feed_id
            WHERE s.user_id = @user AND e.window_to >= @from AND e.window_from < @to),
        turns AS (SELECT feed_id, uid, row_number() OVER (PARTITION BY feed_id ORDER BY uid) AS turn FROM every),
        hit AS (SELECT feed_id, uid FROM turns ORDER BY turn, feed_id LIMIT @count)
        SELECT {Columns} FROM hit
        JOIN calendar_feed_event e ON e.feed_id = hit.feed_id AND e.uid = hit.uid
        JOIN calendar_subscription s ON s.feed_id = e.feed_id AND s.user_id = @user
        ORDER BY e.feed_id, e.id
        """;

    private const string FindOne = $"""
        SELECT {Columns} FROM calendar_feed_event e JOIN calendar_subscription s ON s.feed_id = e.feed_id AND s.user_id = @user WHERE e.id = @id
        """;

    private const string ListZones = """
        SELECT f.id, f.custom_zones FROM calendar_subscription s JOIN calendar_feed f ON f.id = s.feed_id WHERE s.user_id = @user AND f.custom_zones IS NOT NULL
        """;

    /// <summary>All rows of series that may have instances between two instants, by feed.</summary>
    public ValueTask<IReadOnlyList<ImportedRow>> ListAsync(long userId, DateTimeOffset from, DateTimeOffset to, int count, CancellationToken cancellationToken) => database.QueryAsync(
        new Statement(ListWindow).With("user", userId).With("from", from).With("to", to).With("count", count), Rows.All(Read), cancellationToken);

    /// <summary>One event, or null where the user subscribes to no feed that holds it.</summary>
    public ValueTask<ImportedRow?> FindAsync(long userId, long id, CancellationToken cancellationToken) =>
        database.QueryAsync(new Statement(FindOne).With("user", userId).With("id", id), Rows.First(Read), cancellationToken);

    /// <summary>The VTIMEZONEs of the user's feeds that define zones of their own.</summary>
    public async Task<IReadOnlyDictionary<long, string>> ListZonesAsync(long userId, CancellationToken cancellationToken)
    {
        var zones = await database.QueryAsync(
            new Statement(ListZones).With("user", userId), Rows.All(row => KeyValuePair.Create(row.GetInt64(0), row.GetString(1))), cancellationToken);
        return zones.ToDictionary();
    }

    private static ImportedRow Read(System.Data.Common.DbDataReader row) =>
        new(row.GetInt64(0), row.GetInt64(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetInt64(5), row.GetString(6), row.GetString(7));
}
