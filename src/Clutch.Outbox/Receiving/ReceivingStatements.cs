using Clutch.Relational;

namespace Clutch.Outbox.Receiving;

/// <summary>The statements of the server half, whole for each store. Time is the database's, in Unix milliseconds.</summary>
internal sealed record ReceivingStatements
{
    private const string OperationColumns =
        "id, queue, caller, group_name, status, item_count, done_count, failed_count, rejected, fence, expires_at, CASE WHEN is_cancel_requested THEN 1 ELSE 0 END";

    public required string FindRecord { get; init; }

    public required string InsertRecord { get; init; }

    /// <summary>Keeps a queue for the transaction at hand; null where a transaction that may write is alone anyway.</summary>
    public string? LockQueue { get; init; }

    public required string CountOpenItems { get; init; }

    public required string InsertOperation { get; init; }

    public required string FindOperations { get; init; }

    public required string ListItems { get; init; }

    public required string ListOpenItems { get; init; }

    public required string Claim { get; init; }

    /// <summary>Renews the lease while a slice is applied; null where the slice's transaction keeps all other workers out anyway.</summary>
    public string? Renew { get; init; }

    public required string CommitSlice { get; init; }

    public required string Finish { get; init; }

    public required string Cancel { get; init; }

    public required string RequestCancel { get; init; }

    public required string Release { get; init; }

    public required string SweepRecords { get; init; }

    public required string SweepItems { get; init; }

    public required string SweepOperations { get; init; }

    public required string RaiseVersions { get; init; }

    public required string FindVersions { get; init; }

    public static ReceivingStatements For(RelationalDatabase database) => database.Product switch
    {
        "PostgreSql" => PostgreSql,
        "Sqlite" => Sqlite,
        _ => throw new NotSupportedException($"The receiving half has no statements for '{database.Product}' yet; it runs on PostgreSql and Sqlite."),
    };

    private static ReceivingStatements PostgreSql { get; } = Build(
        now: "(extract(epoch FROM clock_timestamp()) * 1000)::bigint",
        isTrue: "true",
        skipLocked: "FOR UPDATE SKIP LOCKED",
        among: "= ANY(@ids)",
        amongKeys: "= ANY(@keys)",
        incoming: "SELECT @scope, incoming.key, incoming.version FROM unnest(@keys, @versions) AS incoming(key, version) ORDER BY incoming.key") with
    {
        // A statement of its own: the count in the same one would not see what was committed while it waited.
        LockQueue = "SELECT pg_advisory_xact_lock(hashtextextended('clutch_queue ' || @queue, 7164230249984057197))",
        Renew = "UPDATE clutch_operation SET lease_until = (extract(epoch FROM clock_timestamp()) * 1000)::bigint + @lease WHERE id = @id AND fence = @fence AND status = 1",
    };

    private static ReceivingStatements Sqlite { get; } = Build(
        now: "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
        isTrue: "1",
        skipLocked: string.Empty,
        among: "IN (SELECT value FROM json_each(@ids))",
        amongKeys: "IN (SELECT value FROM json_each(@keys))",
        // 'WHERE true' keeps SQLite from reading ON CONFLICT as a join condition.
        incoming: "SELECT @scope, incoming.value, version.value FROM json_each(@keys) AS incoming JOIN json_each(@versions) AS version ON version.key = incoming.key WHERE true");

    private static ReceivingStatements Build(string now, string isTrue, string skipLocked, string among, string amongKeys, string incoming) => new()
    {
        FindRecord = $"SELECT fingerprint, operation_id FROM clutch_idempotency_record WHERE scope = @scope AND key = @key AND expires_at > {now}",
        InsertRecord = $"""
            INSERT INTO clutch_idempotency_record AS kept (scope, key, fingerprint, operation_id, created_at, expires_at)
            VALUES (@scope, @key, @fingerprint, @id, {now}, {now} + @window)
            ON CONFLICT (scope, key) DO UPDATE SET fingerprint = excluded.fingerprint, operation_id = excluded.operation_id, created_at = excluded.created_at, expires_at = excluded.expires_at
            WHERE kept.expires_at <= {now} -- a key that nobody swept yet is free again
            RETURNING operation_id
            """,
        CountOpenItems = "SELECT CAST(coalesce(sum(item_count - done_count), 0) AS bigint) FROM clutch_operation WHERE queue = @queue AND status < 2",
        InsertOperation = $"""
            INSERT INTO clutch_operation (id, queue, caller, group_name, status, item_count, rejected, created_at, expires_at)
            VALUES (@id, @queue, @caller, @group, @status, @count, @rejected, {now}, {now} + @window)
            """,
        FindOperations = $"SELECT {OperationColumns} FROM clutch_operation WHERE id {among} AND caller = @caller",
        ListItems = "SELECT ordinal, item_id, outcome, is_retryable, problem FROM clutch_operation_item WHERE operation_id = @id AND ordinal > @after ORDER BY ordinal LIMIT @limit",
        ListOpenItems = "SELECT ordinal, item_id, item_key, version, type, body FROM clutch_operation_item WHERE operation_id = @id AND outcome IS NULL ORDER BY ordinal LIMIT @limit",
        Claim = $"""
            UPDATE clutch_operation SET status = 1, owner = @owner, fence = fence + 1, lease_until = {now} + @lease
            WHERE id = (SELECT id FROM clutch_operation WHERE queue = @queue AND status < 2 AND lease_until <= {now} ORDER BY created_at LIMIT 1 {skipLocked})
            RETURNING {OperationColumns}
            """,
        CommitSlice = $"""
            UPDATE clutch_operation SET done_count = done_count + @done, failed_count = failed_count + @failed, lease_until = {now} + @lease
            WHERE id = @id AND fence = @fence AND status = 1
            RETURNING CASE WHEN is_cancel_requested THEN 'cancel' ELSE 'go on' END
            """,
        Finish = $"""
            UPDATE clutch_operation SET status = CASE WHEN failed_count = 0 THEN 2 WHEN failed_count = item_count THEN 4 ELSE 3 END, ended_at = {now}, expires_at = {now} + @window, owner = NULL
            WHERE id = @id AND fence = @fence AND status = 1
            """,
        Cancel = $"UPDATE clutch_operation SET status = 5, ended_at = {now}, expires_at = {now} + @window, owner = NULL WHERE id = @id AND fence = @fence AND status = 1",
        RequestCancel = $"UPDATE clutch_operation SET is_cancel_requested = {isTrue} WHERE id = @id AND caller = @caller AND status < 2",
        Release = "UPDATE clutch_operation SET lease_until = 0 WHERE id = @id AND fence = @fence AND status = 1",
        SweepRecords = $"DELETE FROM clutch_idempotency_record WHERE (scope, key) IN (SELECT scope, key FROM clutch_idempotency_record WHERE expires_at <= {now} LIMIT @limit) AND expires_at <= {now}",
        SweepItems = $"""
            DELETE FROM clutch_operation_item WHERE operation_id IN (
                SELECT id FROM clutch_operation AS gone WHERE status >= 2 AND expires_at <= {now}
                AND NOT EXISTS (SELECT 1 FROM clutch_idempotency_record AS kept WHERE kept.operation_id = gone.id) ORDER BY expires_at, id LIMIT @limit)
            """,
        SweepOperations = $"""
            DELETE FROM clutch_operation WHERE id IN (
                SELECT id FROM clutch_operation AS gone WHERE status >= 2 AND expires_at <= {now}
                AND NOT EXISTS (SELECT 1 FROM clutch_operation_item AS item WHERE item.operation_id = gone.id)
                AND NOT EXISTS (SELECT 1 FROM clutch_idempotency_record AS kept WHERE kept.operation_id = gone.id) LIMIT @limit)
            """,
        RaiseVersions = $"""
            INSERT INTO clutch_version_high_water AS kept (scope, key, version)
            {incoming}
            ON CONFLICT (scope, key) DO UPDATE SET version = excluded.version WHERE kept.version < excluded.version
            RETURNING key
            """,
        FindVersions = $"SELECT key, version FROM clutch_version_high_water WHERE scope = @scope AND key {amongKeys}",
    };
}
