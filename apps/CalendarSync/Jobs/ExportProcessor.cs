using CalendarSync.Events;
using CalendarSync.Exports;
using Clutch.Items;
using Clutch.Relational;
using Microsoft.Extensions.Options;

namespace CalendarSync.Jobs;

/// <summary>Renders a chunk of export feeds: the events of their users in one query. A feed that cannot be rendered fails alone.</summary>
/// <remarks>Feeds beyond <see cref="ImportOptions.ChunkBytes"/> stay as they are and come with the next run; one may be as large as a user's events are.</remarks>
internal sealed class ExportProcessor(RelationalDatabase database, IOptions<ImportOptions> options, TimeProvider timeProvider) : IItemProcessor<DirtyExport, RenderedExport>
{
    // Of the lines around a title.
    private const int BytesOfEvent = 500;

    private const string Sizes = "count(*), coalesce(sum(length(title) + coalesce(length(description), 0) + coalesce(length(location), 0)), 0)";

    private const string SizesPostgreSql = $"SELECT user_id, {Sizes} FROM calendar_event WHERE user_id = ANY(@users) GROUP BY user_id";

    private const string SizesSqlite = $"SELECT user_id, {Sizes} FROM calendar_event WHERE user_id IN (SELECT value FROM json_each(@users)) GROUP BY user_id";

    private const string ListPostgreSql = $"SELECT {OwnEvent.Columns} FROM calendar_event WHERE user_id = ANY(@users) ORDER BY user_id, uid";

    private const string ListSqlite = $"SELECT {OwnEvent.Columns} FROM calendar_event WHERE user_id IN (SELECT value FROM json_each(@users)) ORDER BY user_id, uid";

    /// <inheritdoc/>
    public async ValueTask ProcessAsync(ItemBatch<DirtyExport, RenderedExport> batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var feeds = batch.Items.ToArray();
        var count = CountFitting(feeds, await ReadSizesAsync(feeds, cancellationToken));
        for (var i = count; i < feeds.Length; i++) batch.Filter(i);

        // After the versions were read: what is rendered is never older than what is recorded as rendered.
        var events = await database.QueryAsync(ListOf(feeds[..count], ListSqlite, ListPostgreSql), Rows.All(row => OwnEvent.Read(row, database)), cancellationToken);
        var byUser = events.ToLookup(own => own.UserId);
        for (var i = 0; i < count; i++)
        {
            if (!TryRender(batch, i, [.. byUser[feeds[i].UserId]])) await database.ChangeAsync(ExportStore.Failed(feeds[i], timeProvider.GetUtcNow()), Rows.Affected, cancellationToken);
        }
    }

    private Statement ListOf(DirtyExport[] feeds, string sqlite, string postgreSql) =>
        new Statement(database.Product == "Sqlite" ? sqlite : postgreSql).With("users", feeds.Select(feed => feed.UserId).Distinct().ToArray());

    private async ValueTask<Dictionary<long, long>> ReadSizesAsync(DirtyExport[] feeds, CancellationToken cancellationToken)
    {
        var sizes = await database.QueryAsync(
            ListOf(feeds, SizesSqlite, SizesPostgreSql), Rows.All(row => (User: row.GetInt64(0), Bytes: (row.GetInt64(1) * BytesOfEvent) + row.GetInt64(2))), cancellationToken);
        return sizes.ToDictionary(size => size.User, size => size.Bytes);
    }

    // The first always, or it would never be rendered.
    private int CountFitting(DirtyExport[] feeds, Dictionary<long, long> sizes)
    {
        var count = 0;
        var bytes = 0L;
        do bytes += sizes.GetValueOrDefault(feeds[count++].UserId);
        while (count < feeds.Length && bytes + sizes.GetValueOrDefault(feeds[count].UserId) <= options.Value.ChunkBytes);
        return count;
    }

    private static bool TryRender(ItemBatch<DirtyExport, RenderedExport> batch, int index, IReadOnlyList<OwnEvent> events)
    {
        try
        {
            batch.Keep(index, new(batch[index], ExportRenderer.Render(batch[index].Label, events)));
            return true;
        }
        catch (Exception fault)
        {
            batch.Fail(index, new ExportRenderingException(batch[index].Id, fault));
            return false;
        }
    }
}

/// <summary>An export feed could not be rendered; the others were.</summary>
internal sealed class ExportRenderingException(long exportFeedId, Exception inner) : Exception($"Export feed {exportFeedId} could not be rendered.", inner);
