using System.Data.Common;
using CalendarSync.Exports;
using Clutch.Items;
using Clutch.Relational;

namespace CalendarSync.Jobs;

/// <summary>Publishes rendered export feeds: a reader sees the old bytes or the new, an older rendering never replaces a newer one, and equal bytes are not written again.</summary>
/// <remarks>Statements per chunk: one that locks, one upsert of new contents, one update of versions.</remarks>
internal sealed class ExportWriter(TimeProvider timeProvider, ILogger<ExportWriter> logger) : IItemWriter<RenderedExport>
{
    private const string LockPostgreSql = """
        SELECT feed.id, feed.rendered_version, content.etag, content.last_modified
        FROM calendar_export_feed AS feed LEFT JOIN calendar_export_content AS content ON content.export_feed_id = feed.id
        WHERE feed.id = ANY(@ids) ORDER BY feed.id FOR UPDATE OF feed
        """;

    private const string LockSqlite = """
        SELECT feed.id, feed.rendered_version, content.etag, content.last_modified
        FROM calendar_export_feed AS feed LEFT JOIN calendar_export_content AS content ON content.export_feed_id = feed.id
        WHERE feed.id IN (SELECT value FROM json_each(@ids))
        """;

    /// <inheritdoc/>
    public async ValueTask WriteAsync(WriteBatch<RenderedExport> batch, ChunkContext chunk, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var transaction = chunk.Relational();
        var stored = await LockAsync(batch.Items, transaction, cancellationToken);
        var newer = batch.Items.ToArray().Where(rendered => stored.TryGetValue(rendered.Feed.Id, out var known) && known.Version < rendered.Feed.WantedVersion).ToList();
        if (newer.Count == 0) return;

        var changed = newer.Where(rendered => stored[rendered.Feed.Id].ETag != rendered.Document.ETag).Select(rendered => ToRow(rendered, stored[rendered.Feed.Id].LastModified)).ToArray();
        if (changed.Length > 0) await transaction.Bulk.UpsertAsync(ExportContentRow.Table, changed, cancellationToken);
        var versions = newer.Select(rendered => new ExportVersionRow(rendered.Feed.Id, rendered.Feed.WantedVersion)).ToArray();
        await transaction.Bulk.UpdateAsync(ExportVersionRow.Table, versions, cancellationToken);
        logger.ExportsRendered(newer.Count, changed.Length);
    }

    private static async ValueTask<Dictionary<long, (long Version, string? ETag, DateTimeOffset? LastModified)>> LockAsync(ReadOnlyMemory<RenderedExport> items, IRelationalChunk transaction, CancellationToken cancellationToken)
    {
        var statement = new Statement(transaction.Database.Product == "Sqlite" ? LockSqlite : LockPostgreSql).With("ids", items.ToArray().Select(rendered => rendered.Feed.Id).ToArray());
        var rows = await transaction.Database.RunAsync(
            transaction.Connection, statement, Rows.All(row => Read(row, transaction.Database)), cancellationToken);
        return rows.ToDictionary(row => row.Id, row => (row.Version, row.ETag, row.LastModified));
    }

    private static (long Id, long Version, string? ETag, DateTimeOffset? LastModified) Read(DbDataReader row, RelationalDatabase database) =>
        (row.GetInt64(0), row.GetInt64(1), row.IsDBNull(2) ? null : row.GetString(2), row.IsDBNull(3) ? null : database.ReadInstant(row, 3));

    private ExportContentRow ToRow(RenderedExport rendered, DateTimeOffset? lastModified) => new(
        rendered.Feed.Id, rendered.Document.Body, rendered.Document.Gzip, rendered.Document.ETag, ModifiedAfter(lastModified), rendered.Document.EventCount);

    // Last-Modified counts seconds: a second change within one gets the next, so that If-Modified-Since never hides it.
    private DateTimeOffset ModifiedAfter(DateTimeOffset? last)
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(timeProvider.GetUtcNow().ToUnixTimeSeconds());
        return last is { } before && before >= now ? before.AddSeconds(1) : now;
    }
}
