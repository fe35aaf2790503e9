using CalendarSync.Feeds;
using CalendarSync.Storage;
using Clutch.Items;
using Clutch.Relational;
using Clutch.Relational.Bulk;

namespace CalendarSync.Jobs;

/// <summary>Writes what checks found: one bulk statement of each kind per chunk, in the chunk's transaction, and none where nothing changed but the time of the check.</summary>
/// <remarks>
/// Statements per chunk: one that locks the feeds, one that updates them; beyond that a bulk delete, rename, insert and upsert of events, each only where there is something to do.
/// Where the database refuses a chunk for its data, it is written once more feed by feed, and the feed at fault is left as it was and looked at again in a day.
/// </remarks>
internal sealed class FeedSyncWriter(HostMemory hosts, FeedPolicy policy, ILogger<FeedSyncWriter> logger) : IItemWriter<FeedSync>
{
    private const string LockPostgreSql = """
        SELECT feed.id, feed.next_due_at IS NULL
        FROM calendar_feed AS feed JOIN unnest(@ids, @revisions) AS read (id, revision) ON read.id = feed.id AND read.revision = feed.revision
        ORDER BY feed.id FOR NO KEY UPDATE OF feed
        """;

    // The chunk's transaction has begun as a writer: nobody else writes until it ends.
    private const string LockSqlite = """
        SELECT feed.id, feed.next_due_at IS NULL
        FROM json_each(@ids) AS read JOIN json_each(@revisions) AS revisions ON revisions.key = read.key
        JOIN calendar_feed AS feed ON feed.id = read.value AND feed.revision = revisions.value
        """;

    // url_key stays: it is what people subscribed to.
    private const string Move = "UPDATE calendar_feed SET url = @url, host = @host WHERE id = @id";

    private static readonly TimeSpan RefusedPause = TimeSpan.FromDays(1);

    private const string StoreZones = "UPDATE calendar_feed SET custom_zones = NULLIF(@zones, '') WHERE id = @id";

    /// <inheritdoc/>
    public async ValueTask WriteAsync(WriteBatch<FeedSync> batch, ChunkContext chunk, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var transaction = chunk.Relational();
        var ours = await LockAsync(batch.Items, transaction, cancellationToken);
        if (ours.Count < batch.Count) logger.FeedsCheckedElsewhere(batch.Count - ours.Count);
        if (ours.Count == 0) return;

        var (written, outcome) = chunk.Attempt == 1 ? (await WriteTogetherAsync(ours, transaction, cancellationToken), ours) : await WriteEachAsync(ours, transaction, cancellationToken);
        await hosts.WriteAsync(chunk.Step, transaction, cancellationToken);
        Report(outcome, written);
    }

    private static async ValueTask<int> WriteTogetherAsync(IReadOnlyList<FeedSync> syncs, IRelationalChunk transaction, CancellationToken cancellationToken)
    {
        try
        {
            return await WriteAsync(syncs, transaction, cancellationToken);
        }
        catch (Exception fault) when (RefusedDataException.IsRefusal(fault))
        {
            throw new RefusedDataException(fault);
        }
    }

    private async ValueTask<(int Written, IReadOnlyList<FeedSync> Outcome)> WriteEachAsync(IReadOnlyList<FeedSync> syncs, IRelationalChunk transaction, CancellationToken cancellationToken)
    {
        var written = 0;
        List<FeedSync> outcome = [];
        foreach (var sync in syncs)
        {
            await transaction.SetSavepointAsync(cancellationToken);
            try
            {
                written += await WriteAsync([sync], transaction, cancellationToken);
                outcome.Add(sync);
            }
            catch (Exception fault) when (RefusedDataException.IsRefusal(fault))
            {
                await transaction.ReturnToSavepointAsync(cancellationToken);
                logger.FeedCheckFailed(sync.Feed.Id, fault);
                outcome.Add(Refused(sync));
                await WriteAsync([outcome[^1]], transaction, cancellationToken);
            }
        }

        return (written, outcome);
    }

    // What the database refuses today it refuses in a quarter of an hour as well.
    private FeedSync Refused(FeedSync sync)
    {
        var check = new CheckResult { Outcome = SyncOutcome.OurFault, Pause = RefusedPause, Duration = TimeSpan.FromMilliseconds(sync.Feed.LastDurationMs), BodyBytes = sync.Feed.LastBodyBytes };
        var refused = new FeedSync(sync.Before, policy.Apply(sync.Before, check), null, null);
        return sync.Feed.NextDueAt is null ? Parked(refused) : refused;
    }

    private static async ValueTask<int> WriteAsync(IReadOnlyList<FeedSync> syncs, IRelationalChunk transaction, CancellationToken cancellationToken)
    {
        var changes = syncs.Select(sync => sync.Changes).OfType<FeedChanges>().ToList();
        await DeleteAsync(changes, transaction.Bulk, cancellationToken);
        await RenameAsync(changes, transaction.Bulk, cancellationToken);
        var written = await StoreAsync(changes, transaction.Bulk, cancellationToken);
        await transaction.Bulk.UpdateAsync(FeedRecord.Table, syncs.Select(sync => sync.Feed).ToArray(), cancellationToken);
        foreach (var moved in syncs.Where(sync => sync.MovedTo is not null)) await MoveAsync(moved, transaction, cancellationToken);
        foreach (var sync in syncs.Where(sync => sync.Changes?.CustomZones is not null)) await StoreZonesAsync(sync, transaction, cancellationToken);
        return written;
    }

    private static async ValueTask<IReadOnlyList<FeedSync>> LockAsync(ReadOnlyMemory<FeedSync> items, IRelationalChunk transaction, CancellationToken cancellationToken)
    {
        var syncs = items.ToArray().ToDictionary(sync => sync.Feed.Id);
        var statement = new Statement(transaction.Database.Product == "Sqlite" ? LockSqlite : LockPostgreSql)
            .With("ids", syncs.Keys.ToArray()).With("revisions", syncs.Values.Select(sync => sync.Before.Revision).ToArray());
        var locked = await transaction.Database.RunAsync(transaction.Connection, statement, Rows.All(row => (Id: row.GetInt64(0), IsParked: row.GetBoolean(1))), cancellationToken);
        return [.. locked.Select(row => row.IsParked ? Parked(syncs[row.Id]) : syncs[row.Id])];
    }

    // Everybody paused the feed while it was being checked: what was found is stored, and it does not come up again.
    private static FeedSync Parked(FeedSync sync) => sync with { Feed = sync.Feed with { NextDueAt = null } };

    private static async ValueTask DeleteAsync(List<FeedChanges> changes, IBulkOperations bulk, CancellationToken cancellationToken)
    {
        var deletes = changes.SelectMany(change => change.Deletes).ToArray();
        if (deletes.Length > 0) await bulk.DeleteAsync(EventRowKey.Table, deletes, cancellationToken);
    }

    private static async ValueTask RenameAsync(List<FeedChanges> changes, IBulkOperations bulk, CancellationToken cancellationToken)
    {
        var renames = changes.SelectMany(change => change.Renames).ToArray();
        if (renames.Length > 0) await bulk.UpdateAsync(RenamedEvent.Table, renames, cancellationToken);
    }

    private static async ValueTask<int> StoreAsync(List<FeedChanges> changes, IBulkOperations bulk, CancellationToken cancellationToken)
    {
        // What is new needs no look for conflicts: the feed is locked, and its revision says that nobody stored anything since it was compared.
        var inserts = changes.SelectMany(change => change.Inserts).ToArray();
        var updates = changes.SelectMany(change => change.Updates.Concat(change.Rereads)).ToArray();
        var inserted = inserts.Length == 0 ? 0 : await bulk.InsertAsync(ImportedEvent.Table, inserts, cancellationToken);
        return inserted + (updates.Length == 0 ? 0 : await bulk.UpsertAsync(ImportedEvent.Table, updates, cancellationToken));
    }

    // Rare: one statement each.
    private static async ValueTask MoveAsync(FeedSync sync, IRelationalChunk transaction, CancellationToken cancellationToken)
    {
        var statement = new Statement(Move).With("id", sync.Feed.Id).With("url", sync.MovedTo!.Key).With("host", sync.MovedTo.Host);
        await transaction.Database.RunAsync(transaction.Connection, statement, Rows.Affected, cancellationToken);
    }

    // Likewise: few feeds define zones of their own, and those rarely change.
    private static async ValueTask StoreZonesAsync(FeedSync sync, IRelationalChunk transaction, CancellationToken cancellationToken)
    {
        var statement = new Statement(StoreZones).With("id", sync.Feed.Id).With("zones", sync.Changes!.CustomZones);
        await transaction.Database.RunAsync(transaction.Connection, statement, Rows.Affected, cancellationToken);
    }

    private void Report(IReadOnlyList<FeedSync> syncs, int written)
    {
        var deleted = syncs.Sum(sync => sync.Changes?.Deletes.Count ?? 0);
        var updated = syncs.Count(sync => sync.Feed.LastOutcome == nameof(SyncOutcome.Updated));
        var failed = syncs.Count(sync => sync.Feed.LastError is not null);
        logger.FeedsChecked(syncs.Count, updated, syncs.Count - updated - failed, failed, written, deleted);
    }
}
