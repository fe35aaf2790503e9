using System.Data.Common;
using Clutch.Relational;

namespace SkuSync.Storage;

/// <summary>The runs (<c>sync_run</c>) with their counts and clocks.</summary>
internal sealed class SyncRuns(RelationalDatabase database, TimeProvider timeProvider)
{
    public const string Kind = "extract";

    // Longer than anybody looks back for the cause of a failure: what is acknowledged in the outbox stays as long.
    private static readonly TimeSpan KeepRuns = TimeSpan.FromDays(90);

    private const string Columns = """
        id, run_key, status, job_execution_id, started_at, listing, listed_count, fetched_count, changed_count, deleted_count, failed_count, stale_count, missing_count,
        approved_at, ingested_at, accepted_at, synced_at, ended_at
        """;

    // Listed, but neither stored by this run nor seen: the detail API did not have it.
    private const string ListedOnly = """
        (SELECT count(*) FROM sync_gap AS gap
            WHERE gap.run_id = @run AND gap.reason IN ('Failed', 'NotFound') AND NOT EXISTS (
                SELECT 1 FROM if_sku AS listed WHERE listed.account_id = gap.account_id AND listed.sku_id = gap.sku_id AND listed.last_seen_run = @run))
        """;

    /// <summary>The run with this key, or null.</summary>
    public ValueTask<SyncRun?> FindAsync(string key, CancellationToken cancellationToken) =>
        database.QueryAsync(new Statement($"SELECT {Columns} FROM sync_run WHERE kind = 'extract' AND run_key = @key").With("key", key), Rows.First(Read), cancellationToken)!;

    /// <summary>The run with this id.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public async ValueTask<SyncRun> GetAsync(long id, CancellationToken cancellationToken) =>
        await database.QueryAsync(new Statement($"SELECT {Columns} FROM sync_run WHERE id = @id").With("id", id), Rows.First(Read), cancellationToken)
        ?? throw new InvalidOperationException($"There is no run {Text(id)}. 'SkuSync runs' lists them.");

    /// <summary>The latest runs, newest first.</summary>
    public ValueTask<IReadOnlyList<SyncRun>> ListAsync(int limit, CancellationToken cancellationToken) =>
        database.QueryAsync(new Statement($"SELECT {Columns} FROM sync_run ORDER BY id DESC LIMIT @limit").With("limit", (long)limit), Rows.All(Read), cancellationToken);

    /// <summary>The run that is neither over nor held, or null.</summary>
    public ValueTask<SyncRun?> FindActiveAsync(CancellationToken cancellationToken) =>
        database.QueryAsync(new Statement($"SELECT {Columns} FROM sync_run WHERE kind = 'extract' AND status = 'Running'"), Rows.First(Read), cancellationToken)!;

    /// <summary>Makes a run the active one, in place of the interrupted one that <paramref name="superseded"/> names and of held ones; false where another process was faster.</summary>
    /// <remarks>Forgets runs that ended long ago, with their gaps (the tables cascade), but never the latest.</remarks>
    public async ValueTask<bool> StartAsync(string key, long jobExecutionId, string hashRules, long? superseded, CancellationToken cancellationToken)
    {
        const string End = "UPDATE sync_run SET status = 'Superseded', ended_at = @now WHERE kind = 'extract' AND (status = 'Held' OR (status = 'Running' AND id = @id))";
        const string Insert = """
            INSERT INTO sync_run (run_key, kind, status, job_execution_id, hash_rules, started_at)
            VALUES (@key, 'extract', 'Running', @execution, @hash_rules, @now)
            ON CONFLICT DO NOTHING
            """;
        // At most so many at once: after an upgrade the start of a run must not wait for years of them.
        const string Forget = """
            DELETE FROM sync_run
            WHERE id IN (
                SELECT id
                FROM sync_run
                WHERE ended_at < @before AND status NOT IN ('Running', 'Held') AND id < (SELECT max(id) FROM sync_run)
                ORDER BY id
                LIMIT 500)
            """;
        var now = await GetNowAsync(cancellationToken);
        await using var session = await database.OpenSessionAsync(cancellationToken);
        await session.BeginAsync(cancellationToken);
        await session.RunAsync(new Statement(End).With("id", superseded ?? 0L).With("now", now), Rows.Affected, cancellationToken);
        await session.RunAsync(new Statement(Forget).With("before", now - KeepRuns), Rows.Affected, cancellationToken);
        var statement = new Statement(Insert).With("key", key).With("execution", jobExecutionId).With("hash_rules", hashRules).With("now", now);
        if (await session.RunAsync(statement, Rows.Affected, cancellationToken) == 0)
            return false;
        await session.CommitAsync(cancellationToken);
        return true;
    }

    /// <summary>Takes an interrupted or held run up again; false where another run is active meanwhile.</summary>
    public async ValueTask<bool> ResumeAsync(long id, long jobExecutionId, CancellationToken cancellationToken)
    {
        const string Resume = """
            UPDATE sync_run
            SET status = 'Running', job_execution_id = @execution
            WHERE id = @id AND status IN ('Running', 'Held')
                AND NOT EXISTS (SELECT 1 FROM sync_run AS other WHERE other.kind = sync_run.kind AND other.status = 'Running' AND other.id <> sync_run.id)
            """;
        return await database.ChangeAsync(new Statement(Resume).With("id", id).With("execution", jobExecutionId), Rows.Affected, cancellationToken) > 0;
    }

    /// <summary>Now by the clock that stamps the messages of the outbox: by another one, changes of a run would seem to be from before its start or after its end.</summary>
    public async ValueTask<DateTimeOffset> GetNowAsync(CancellationToken cancellationToken) => database.Product == "PostgreSql"
        ? (await database.QueryAsync(new Statement("SELECT clock_timestamp()"), Rows.All(row => database.ReadInstant(row, 0)), cancellationToken))[0]
        : timeProvider.GetUtcNow();

    /// <summary>How many SKUs the run was told of, and how many that are alive it was not told of.</summary>
    public async ValueTask<(long Listed, long Absent)> CountListedAsync(long run, CancellationToken cancellationToken)
    {
        const string Count = $"""
            SELECT sku.seen + {ListedOnly}, sku.absent
            FROM (
                SELECT
                    count(*) FILTER (WHERE last_seen_run = @run) AS seen,
                    count(*) FILTER (WHERE last_seen_run <> @run AND deleted_at IS NULL) AS absent
                FROM if_sku) AS sku
            """;
        return (await database.QueryAsync(new Statement(Count).With("run", run), Rows.All(row => (row.GetInt64(0), row.GetInt64(1))), cancellationToken))[0];
    }

    /// <summary>Counts what the run did, as the tables have it: right after any crash.</summary>
    public async ValueTask<SyncCounts> CountAsync(long run, CancellationToken cancellationToken)
    {
        const string Count = $"""
            SELECT
                sku.seen + {ListedOnly},
                sku.fetched,
                sku.changed,
                sku.deleted,
                (SELECT count(*) FROM sync_gap WHERE run_id = @run AND reason IN ('Failed', 'Unconfirmed')),
                (SELECT count(*) FROM sync_gap WHERE run_id = @run AND reason = 'Stale'),
                sku.missing
            FROM (
                SELECT
                    count(*) FILTER (WHERE last_seen_run = @run) AS seen,
                    count(*) FILTER (WHERE fetched_run = @run) AS fetched,
                    count(*) FILTER (WHERE changed_run = @run AND deleted_at IS NULL) AS changed,
                    count(*) FILTER (WHERE changed_run = @run AND deleted_at IS NOT NULL) AS deleted,
                    count(*) FILTER (WHERE last_seen_run <> @run AND missing_runs > 0 AND deleted_at IS NULL) AS missing
                FROM if_sku) AS sku
            """;
        return (await database.QueryAsync(
            new Statement(Count).With("run", run),
            Rows.All(row => new SyncCounts(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4), row.GetInt64(5), row.GetInt64(6))),
            cancellationToken))[0];
    }

    /// <summary>How many SKUs are alive, and how many of them this run is about to delete.</summary>
    public async ValueTask<(long Alive, long ToDelete)> CountDeletionsAsync(long run, int missingRuns, CancellationToken cancellationToken)
    {
        const string Count = """
            SELECT count(*), coalesce(sum(CASE WHEN last_seen_run <> @run AND (missing_runs >= @missing_runs OR not_found_run = @run) THEN 1 ELSE 0 END), 0)
            FROM if_sku
            WHERE deleted_at IS NULL OR changed_run = @run
            """;
        return (await database.QueryAsync(
            new Statement(Count).With("run", run).With("missing_runs", (long)missingRuns), Rows.All(row => (row.GetInt64(0), Convert.ToInt64(row.GetValue(1), System.Globalization.CultureInfo.InvariantCulture))), cancellationToken))[0];
    }

    public ValueTask SetListingAsync(long run, string listing, CancellationToken cancellationToken) =>
        SetAsync("UPDATE sync_run SET listing = @value WHERE id = @id", run, listing, cancellationToken);

    public ValueTask HoldAsync(long run, CancellationToken cancellationToken) =>
        SetAsync("UPDATE sync_run SET status = 'Held' WHERE id = @id AND status = 'Running'", run, null, cancellationToken);

    /// <summary>Lets a held run delete; false where the run is not held.</summary>
    public async ValueTask<bool> ApproveAsync(long run, string by, CancellationToken cancellationToken) => await database.ChangeAsync(
        new Statement("UPDATE sync_run SET approved_at = @now, approved_by = @by WHERE id = @id AND status = 'Held'").With("id", run).With("by", by).With("now", await GetNowAsync(cancellationToken)),
        Rows.Affected,
        cancellationToken) > 0;

    /// <summary>Ends a run with what it counted; answers how it ended, which is as before where it had ended already.</summary>
    /// <remarks>A process may die, or lose the answer, right after: then this is repeated, and what was counted before a later run began stays.</remarks>
    /// <exception cref="RunSupersededException">A later run took its place before it ended.</exception>
    public async ValueTask<SyncRunStatus> EndAsync(long run, SyncRunStatus status, SyncCounts counts, CancellationToken cancellationToken)
    {
        const string End = """
            UPDATE sync_run
            SET status = @status, listed_count = @listed, fetched_count = @fetched, changed_count = @changed, deleted_count = @deleted, failed_count = @failed, stale_count = @stale,
                missing_count = @missing, ingested_at = coalesce(ingested_at, @now), ended_at = @now
            WHERE id = @id AND status = 'Running'
            """;
        var statement = new Statement(End).With("id", run).With("status", status.ToString()).With("now", await GetNowAsync(cancellationToken))
            .With("listed", counts.Listed).With("fetched", counts.Fetched).With("changed", counts.Changed).With("deleted", counts.Deleted)
            .With("failed", counts.Failed).With("stale", counts.Stale).With("missing", counts.Missing);
        if (await database.ChangeAsync(statement, Rows.Affected, cancellationToken) > 0)
            return status;
        return await GetAsync(run, cancellationToken) is { Status: SyncRunStatus.Completed or SyncRunStatus.CompletedWithErrors } ended ? ended.Status : throw new RunSupersededException(run);
    }

    /// <summary>Keeps the second and third clock of a run.</summary>
    public async ValueTask SetClocksAsync(long run, DateTimeOffset acceptedAt, DateTimeOffset syncedAt, CancellationToken cancellationToken) => await database.ChangeAsync(
        new Statement("UPDATE sync_run SET accepted_at = @accepted, synced_at = @synced WHERE id = @id").With("id", run).With("accepted", acceptedAt).With("synced", syncedAt),
        Rows.Affected,
        cancellationToken);

    /// <summary>How many stored SKUs have hashes of other rules than these, and one of those rules.</summary>
    public async ValueTask<(long Count, string? Rules)> CountOtherHashesAsync(string rules, CancellationToken cancellationToken) => (await database.QueryAsync(
        new Statement("SELECT count(*), max(hash_rules) FROM if_sku WHERE hash_rules <> @rules").With("rules", rules),
        Rows.All(row => (row.GetInt64(0), row.IsDBNull(1) ? null : row.GetString(1))),
        cancellationToken))[0];

    private async ValueTask SetAsync(string text, long run, string? value, CancellationToken cancellationToken) =>
        await database.ChangeAsync(new Statement(text).With("id", run).With("value", value), Rows.Affected, cancellationToken);

    private SyncRun Read(DbDataReader row) => new()
    {
        Id = row.GetInt64(0),
        Key = row.GetString(1),
        Status = Enum.Parse<SyncRunStatus>(row.GetString(2)),
        JobExecutionId = row.GetInt64(3),
        StartedAt = database.ReadInstant(row, 4),
        Listing = row.IsDBNull(5) ? null : row.GetString(5),
        Counts = new(row.GetInt64(6), row.GetInt64(7), row.GetInt64(8), row.GetInt64(9), row.GetInt64(10), row.GetInt64(11), row.GetInt64(12)),
        ApprovedAt = FindInstant(row, 13),
        IngestedAt = FindInstant(row, 14),
        AcceptedAt = FindInstant(row, 15),
        SyncedAt = FindInstant(row, 16),
        EndedAt = FindInstant(row, 17),
    };

    private DateTimeOffset? FindInstant(DbDataReader row, int ordinal) => row.IsDBNull(ordinal) ? null : database.ReadInstant(row, ordinal);

    private static string Text(long id) => id.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
