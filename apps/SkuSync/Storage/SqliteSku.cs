namespace SkuSync.Storage;

/// <summary>SQLite: the interface table.</summary>
internal static class SqliteSku
{
    private const string Guard = "SELECT id FROM sync_run WHERE id = @run AND status = 'Running'";

    public static SkuStatements Statements { get; } = new()
    {
        Guard = Guard,
        Store = $"""
            {Guard};

            INSERT INTO if_sku AS sku (
                account_id, sku_id, payload, content_hash, hash_rules, version, source_stamp, source_updated_at, last_seen_run, fetched_run, changed_run, changed_at)
            SELECT r.value ->> 'a', r.value ->> 's', r.value ->> 'p', r.value ->> 'h', @hash_rules, (SELECT version + 1 FROM sku_forgotten), r.value ->> 't', r.value ->> 'u', @run, @run, @run, @now
            FROM json_each(@rows) AS r
            WHERE true
            ON CONFLICT (account_id, sku_id) DO UPDATE
            SET payload = excluded.payload,
                content_hash = excluded.content_hash,
                hash_rules = excluded.hash_rules,
                version = sku.version + 1,
                source_stamp = excluded.source_stamp,
                source_updated_at = excluded.source_updated_at,
                last_seen_run = excluded.last_seen_run,
                fetched_run = excluded.fetched_run,
                changed_run = excluded.changed_run,
                changed_at = excluded.changed_at,
                missing_runs = 0,
                not_found_run = NULL,
                deleted_at = NULL
            WHERE (sku.content_hash <> excluded.content_hash OR sku.deleted_at IS NOT NULL)
                AND NOT (sku.fetched_run = excluded.fetched_run AND coalesce(excluded.source_updated_at < sku.source_updated_at, 0))
            RETURNING account_id, sku_id, version;

            UPDATE if_sku
            SET last_seen_run = @run, fetched_run = @run, source_stamp = r.value ->> 't', source_updated_at = r.value ->> 'u', missing_runs = 0, not_found_run = NULL
            FROM json_each(@rows) AS r
            WHERE if_sku.account_id = r.value ->> 'a' AND if_sku.sku_id = r.value ->> 's' AND if_sku.fetched_run <> @run;

            UPDATE if_sku
            SET last_seen_run = @run, missing_runs = 0, not_found_run = NULL
            WHERE (account_id, sku_id) IN (SELECT r.value ->> 'a', r.value ->> 's' FROM json_each(@seen) AS r) AND last_seen_run <> @run
            """,
        FindKnown = """
            SELECT sku.account_id, sku.sku_id, sku.source_stamp, sku.deleted_at IS NOT NULL, sku.hash_rules
            FROM json_each(@rows) AS r
            CROSS JOIN if_sku AS sku ON sku.account_id = r.value ->> 'a' AND sku.sku_id = r.value ->> 's'
            """,
        MarkMissing = """
            UPDATE if_sku
            SET missing_runs = missing_runs + 1
            WHERE (account_id, sku_id) IN (SELECT r.value ->> 'a', r.value ->> 's' FROM json_each(@rows) AS r) AND last_seen_run <> @run AND deleted_at IS NULL;

            UPDATE if_sku
            SET not_found_run = @run
            WHERE (account_id, sku_id) IN (SELECT r.value ->> 'a', r.value ->> 's' FROM json_each(@not_found) AS r) AND last_seen_run <> @run AND deleted_at IS NULL
            """,
        Bury = $"""
            {Guard};

            UPDATE if_sku
            SET version = version + 1, deleted_at = @now, changed_at = @now, changed_run = @run
            WHERE (account_id, sku_id) IN (SELECT r.value ->> 'a', r.value ->> 's' FROM json_each(@rows) AS r) AND last_seen_run <> @run AND deleted_at IS NULL
            RETURNING account_id, sku_id, version
            """,
        SaveGaps = """
            INSERT INTO sync_gap (run_id, account_id, sku_id, reason, source_stamp, source_updated_at, problem)
            SELECT @run, r.value ->> 'a', r.value ->> 's', r.value ->> 'r', r.value ->> 't', r.value ->> 'u', r.value ->> 'm'
            FROM json_each(@rows) AS r
            WHERE true
            ON CONFLICT (run_id, account_id, sku_id) DO UPDATE SET reason = excluded.reason, problem = excluded.problem
            """,
        CloseGaps = """
            DELETE FROM sync_gap
            WHERE run_id = @run AND (account_id, sku_id) IN (SELECT r.value ->> 'a', r.value ->> 's' FROM json_each(@rows) AS r)
            """,
        Rehash = """
            UPDATE if_sku
            SET content_hash = r.value ->> 'h', hash_rules = @hash_rules, source_stamp = NULL
            FROM json_each(@rows) AS r
            WHERE if_sku.account_id = r.value ->> 'a' AND if_sku.sku_id = r.value ->> 's' AND if_sku.version = r.value ->> 'v'
            """,
        FindOpen = """
            SELECT sku.account_id, sku.sku_id
            FROM json_each(@rows) AS r
            CROSS JOIN if_sku AS sku ON sku.account_id = r.value ->> 'a' AND sku.sku_id = r.value ->> 's'
            CROSS JOIN clutch_outbox_message AS message
                ON message.channel = @channel AND message.group_name = sku.account_id AND message.key = sku.sku_id AND message.version = sku.version AND message.status IN (0, 1, 4)
            """,
        Raise = """
            UPDATE if_sku
            SET version = max(if_sku.version, r.value ->> 'o') + 1
            FROM json_each(@rows) AS r
            WHERE if_sku.account_id = r.value ->> 'a' AND if_sku.sku_id = r.value ->> 's' AND if_sku.version = r.value ->> 'v'
            RETURNING account_id, sku_id, version
            """,
    };
}
