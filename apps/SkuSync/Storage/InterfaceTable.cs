using Clutch.Relational;
using SkuSync.Catalog;
using SkuSync.Marketplace;

namespace SkuSync.Storage;

/// <summary>The interface table (<c>if_sku</c>): the last known state of each SKU, and the versions of its changes. Each call is one round trip.</summary>
internal sealed class InterfaceTable(RelationalDatabase database, ContentHash hash, TimeProvider timeProvider) : IDisposable
{
    // Up to 256 chunks look up what is known, and each that asks takes a connection. A few are enough for them all, and leave the pool to writer, relay and poller.
    private const int LookupsAtOnce = 4;

    private readonly SkuStatements _statements = SkuStatements.For(database);
    private readonly SemaphoreSlim _lookups = new(LookupsAtOnce);

    public void Dispose() => _lookups.Dispose();

    /// <summary>What is known of these SKUs; those it does not know are absent.</summary>
    public async ValueTask<IReadOnlyDictionary<SkuKey, KnownSku>> FindKnownAsync(IReadOnlyCollection<SkuKey> keys, CancellationToken cancellationToken)
    {
        var statement = new Statement(_statements.FindKnown).With("rows", SkuRows.Of(keys));
        await _lookups.WaitAsync(cancellationToken);
        try
        {
            var rows = await database.QueryAsync(
                statement,
                Rows.All(row => (Key: ReadKey(row), Known: new KnownSku(row.IsDBNull(2) ? null : row.GetString(2), row.GetBoolean(3), row.GetString(4)))),
                cancellationToken);
            return rows.DistinctBy(row => row.Key).ToDictionary(row => row.Key, row => row.Known);
        }
        finally
        {
            _lookups.Release();
        }
    }

    /// <summary>Stores what a chunk found, within its transaction; answers the SKUs that are new or changed, with their versions.</summary>
    /// <exception cref="RunSupersededException">The run is over, or another took its place.</exception>
    public async ValueTask<IReadOnlyList<VersionedSku>> StoreAsync(
        IRelationalChunk chunk, long run, IReadOnlyCollection<SkuObservation.Fetched> fetched, IEnumerable<SkuKey> seen, CancellationToken cancellationToken)
    {
        // A listing may name a SKU twice, and one statement may touch a row only once.
        var rows = fetched.GroupBy(sku => sku.Key).Select(group => group.MaxBy(sku => sku.UpdatedAt)!);
        var statement = Guarded(_statements.Store, run).With("rows", SkuRows.Of(rows)).With("seen", SkuRows.Of(seen)).With("hash_rules", hash.Rules);
        return await database.RunAsync(chunk.Connection, statement, ReadGuarded(run), cancellationToken);
    }

    /// <summary>Counts one more complete run that did not list these SKUs.</summary>
    public async ValueTask MarkMissingAsync(IRelationalChunk chunk, long run, IEnumerable<SkuKey> missing, IEnumerable<SkuKey> notFound, CancellationToken cancellationToken) =>
        await database.RunAsync(
            chunk.Connection,
            new Statement(_statements.MarkMissing).With("run", run).With("rows", SkuRows.Of(missing)).With("not_found", SkuRows.Of(notFound)),
            Rows.Affected,
            cancellationToken);

    /// <summary>Turns SKUs into tombstones; answers those that it buried, with the versions of their ends.</summary>
    /// <exception cref="RunSupersededException">The run is over, or another took its place.</exception>
    public ValueTask<IReadOnlyList<VersionedSku>> BuryAsync(IRelationalChunk chunk, long run, IEnumerable<SkuKey> keys, CancellationToken cancellationToken) =>
        database.RunAsync(chunk.Connection, Guarded(_statements.Bury, run).With("rows", SkuRows.Of(keys)), ReadGuarded(run), cancellationToken);

    /// <summary>Deletes tombstones that are older, 5,000 at most; answers how many. One whose end has not arrived at the target stays, so that it can still be sent again.</summary>
    /// <exception cref="RunSupersededException">The run is over, or another took its place.</exception>
    /// <remarks>Only the active run stores SKUs, and not before this has committed: none begins below the version of one that is forgotten here.</remarks>
    public async ValueTask<int> ForgetAsync(long run, DateTimeOffset before, CancellationToken cancellationToken)
    {
        const string Forget = """
            DELETE FROM if_sku
            WHERE (account_id, sku_id) IN (
                SELECT old.account_id, old.sku_id
                FROM if_sku AS old
                WHERE old.deleted_at < @before AND NOT EXISTS (
                    SELECT 1
                    FROM clutch_outbox_message AS message
                    WHERE message.channel = @channel AND message.group_name = old.account_id AND message.key = old.sku_id AND message.status IN (0, 1, 4))
                ORDER BY old.deleted_at
                LIMIT 5000)
            RETURNING account_id, sku_id, version
            """;
        const string Remember = "UPDATE sku_forgotten SET version = @version WHERE version < @version";
        await using var session = await database.OpenSessionAsync(cancellationToken);
        await session.BeginAsync(cancellationToken);
        var statement = Guarded($"{_statements.Guard};\n\n{Forget}", run).With("before", before).With("channel", SkuChanges.Channel);
        var forgotten = await session.RunAsync(statement, ReadGuarded(run), cancellationToken);
        if (forgotten.Count > 0)
            await session.RunAsync(new Statement(Remember).With("version", forgotten.Max(sku => sku.Version)), Rows.Affected, cancellationToken);
        await session.CommitAsync(cancellationToken);
        return forgotten.Count;
    }

    public async ValueTask SaveGapsAsync(IRelationalChunk chunk, long run, IEnumerable<SkuGap> gaps, CancellationToken cancellationToken) =>
        await database.RunAsync(chunk.Connection, new Statement(_statements.SaveGaps).With("run", run).With("rows", SkuRows.Of(gaps)), Rows.Affected, cancellationToken);

    public async ValueTask CloseGapsAsync(IRelationalChunk chunk, long run, IEnumerable<SkuKey> keys, CancellationToken cancellationToken) =>
        await database.RunAsync(chunk.Connection, new Statement(_statements.CloseGaps).With("run", run).With("rows", SkuRows.Of(keys)), Rows.Affected, cancellationToken);

    /// <summary>Gives SKUs that have not changed since they were read another hash. Their stamps go: what the former rules ignored may differ at the source, so the next run asks for all of them.</summary>
    public async ValueTask RehashAsync(IRelationalChunk chunk, IEnumerable<(VersionedSku Sku, string ContentHash)> hashes, CancellationToken cancellationToken) =>
        await database.RunAsync(
            chunk.Connection, new Statement(_statements.Rehash).With("rows", SkuRows.Of(hashes)).With("hash_rules", hash.Rules), Rows.Affected, cancellationToken);

    /// <summary>Of these SKUs those whose latest version still moves or has failed in the outbox.</summary>
    public async ValueTask<IReadOnlySet<SkuKey>> FindOpenAsync(IReadOnlyCollection<SkuKey> keys, CancellationToken cancellationToken)
    {
        if (keys.Count == 0)
            return new HashSet<SkuKey>();
        var statement = new Statement(_statements.FindOpen).With("rows", SkuRows.Of(keys)).With("channel", SkuChanges.Channel);
        return (await database.QueryAsync(statement, Rows.All(ReadKey), cancellationToken)).ToHashSet();
    }

    /// <summary>Raises the versions of drifted SKUs above the target's; answers those that had not changed since they were compared.</summary>
    public ValueTask<IReadOnlyList<VersionedSku>> RaiseAsync(IRelationalChunk chunk, IEnumerable<Drift> drifts, CancellationToken cancellationToken) => database.RunAsync(
        chunk.Connection, new Statement(_statements.Raise).With("rows", SkuRows.Of(drifts)), Rows.All(row => new VersionedSku(ReadKey(row), row.GetInt64(2))), cancellationToken);

    public static SkuKey ReadKey(System.Data.Common.DbDataReader row) => new(row.GetString(0), row.GetString(1));

    private Statement Guarded(string text, long run) => new Statement(text).With("run", run).With("now", timeProvider.GetUtcNow());

    private static RowReader<IReadOnlyList<VersionedSku>> ReadGuarded(long run) => async (rows, cancellationToken) =>
    {
        if (!await rows.ReadAsync(cancellationToken))
            throw new RunSupersededException(run);
        await rows.NextResultAsync(cancellationToken);
        var changed = new List<VersionedSku>();
        while (await rows.ReadAsync(cancellationToken))
            changed.Add(new(ReadKey(row: rows), rows.GetInt64(2)));
        return changed;
    };
}

/// <summary>The run may not write any more: it has ended, or a later run took its place.</summary>
internal sealed class RunSupersededException(long run)
    : Exception($"Run {run.ToString(System.Globalization.CultureInfo.InvariantCulture)} is over: a later run took its place. Start a new run instead of restarting this one.");
