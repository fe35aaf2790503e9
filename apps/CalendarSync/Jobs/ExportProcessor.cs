using CalendarSync.Events;
using CalendarSync.Exports;
using Clutch.Items;
using Clutch.Relational;

namespace CalendarSync.Jobs;

/// <summary>Renders a chunk of export feeds: the events of all their users in one query. A feed that cannot be rendered fails alone.</summary>
internal sealed class ExportProcessor(RelationalDatabase database, TimeProvider timeProvider) : IItemProcessor<DirtyExport, RenderedExport>
{
    private const string ListPostgreSql = $"SELECT {OwnEvent.Columns} FROM calendar_event WHERE user_id = ANY(@users) ORDER BY user_id, uid";

    private const string ListSqlite = $"SELECT {OwnEvent.Columns} FROM calendar_event WHERE user_id IN (SELECT value FROM json_each(@users)) ORDER BY user_id, uid";

    /// <inheritdoc/>
    public async ValueTask ProcessAsync(ItemBatch<DirtyExport, RenderedExport> batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var users = batch.Items.ToArray().Select(feed => feed.UserId).Distinct().ToArray();
        var statement = new Statement(database.Product == "Sqlite" ? ListSqlite : ListPostgreSql).With("users", users);
        // After the versions were read: what is rendered is never older than what is recorded as rendered.
        var events = await database.QueryAsync(statement, Rows.All(row => OwnEvent.Read(row, database)), cancellationToken);
        var byUser = events.ToLookup(own => own.UserId);
        for (var i = 0; i < batch.Count; i++)
        {
            if (!TryRender(batch, i, [.. byUser[batch[i].UserId]])) await database.ChangeAsync(ExportStore.Failed(batch[i], timeProvider.GetUtcNow()), Rows.Affected, cancellationToken);
        }
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
