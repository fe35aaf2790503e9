namespace SkuSync.Storage;

/// <summary>PostgreSQL: the interface table.</summary>
internal static class PostgreSqlSku
{
    // The share lock holds a run that wants to end this one until the chunk has committed.
    private const string Guard = "SELECT id FROM sync_run WHERE id = @run AND status = 'Running' FOR SHARE";

    public static SkuStatements Statements { get; } = new()
    {
        Guard = Guard,
        // Rows come sorted, so that two writers never wait for each other in a circle. Whether a row changed is decided under its lock, and its version with it. Of a SKU that was listed twice
        // the later chunk may have the earlier answer.
        Store = $"""
            {Guard};

            INSERT INTO if_sku AS sku (
                account_id, sku_id, payload, content_hash, hash_rules, version, source_stamp, source_updated_at, last_seen_run, fetched_run, changed_run, changed_at)
            SELECT r.a, r.s, r.p, r.h, @hash_rules, (SELECT version + 1 FROM sku_forgotten), r.t, r.u, @run, @run, @run, clock_timestamp()
            FROM json_to_recordset(@rows::json) AS r (a text, s text, p text, h text, t text, u bigint)
            ORDER BY r.a, r.s
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
                AND NOT (sku.fetched_run = excluded.fetched_run AND coalesce(excluded.source_updated_at < sku.source_updated_at, false))
            RETURNING account_id, sku_id, version;

            UPDATE if_sku AS sku
            SET last_seen_run = @run, fetched_run = @run, source_stamp = r.t, source_updated_at = r.u, missing_runs = 0, not_found_run = NULL
            FROM json_to_recordset(@rows::json) AS r (a text, s text, t text, u bigint)
            WHERE sku.account_id = r.a AND sku.sku_id = r.s AND sku.fetched_run <> @run;

            UPDATE if_sku AS sku
            SET last_seen_run = @run, missing_runs = 0, not_found_run = NULL
            FROM json_to_recordset(@seen::json) AS r (a text, s text)
            WHERE sku.account_id = r.a AND sku.sku_id = r.s AND sku.last_seen_run <> @run
            """,
        FindKnown = """
            SELECT sku.account_id, sku.sku_id, sku.source_stamp, sku.deleted_at IS NOT NULL, sku.hash_rules
            FROM json_to_recordset(@rows::json) AS r (a text, s text)
            JOIN if_sku AS sku ON sku.account_id = r.a AND sku.sku_id = r.s
            """,
        MarkMissing = """
            UPDATE if_sku AS sku
            SET missing_runs = sku.missing_runs + 1
            FROM json_to_recordset(@rows::json) AS r (a text, s text)
            WHERE sku.account_id = r.a AND sku.sku_id = r.s AND sku.last_seen_run <> @run AND sku.deleted_at IS NULL;

            UPDATE if_sku AS sku
            SET not_found_run = @run
            FROM json_to_recordset(@not_found::json) AS r (a text, s text)
            WHERE sku.account_id = r.a AND sku.sku_id = r.s AND sku.last_seen_run <> @run AND sku.deleted_at IS NULL
            """,
        Bury = $"""
            {Guard};

            UPDATE if_sku AS sku
            SET version = sku.version + 1, deleted_at = clock_timestamp(), changed_at = clock_timestamp(), changed_run = @run
            FROM json_to_recordset(@rows::json) AS r (a text, s text)
            WHERE sku.account_id = r.a AND sku.sku_id = r.s AND sku.last_seen_run <> @run AND sku.deleted_at IS NULL
            RETURNING sku.account_id, sku.sku_id, sku.version
            """,
        SaveGaps = """
            INSERT INTO sync_gap (run_id, account_id, sku_id, reason, source_stamp, source_updated_at, problem)
            SELECT DISTINCT ON (r.a, r.s) @run, r.a, r.s, r.r, r.t, r.u, r.m
            FROM json_to_recordset(@rows::json) AS r (a text, s text, r text, t text, u bigint, m text)
            ORDER BY r.a, r.s
            ON CONFLICT (run_id, account_id, sku_id) DO UPDATE SET reason = excluded.reason, problem = excluded.problem
            """,
        CloseGaps = """
            DELETE FROM sync_gap AS gap
            USING json_to_recordset(@rows::json) AS r (a text, s text)
            WHERE gap.run_id = @run AND gap.account_id = r.a AND gap.sku_id = r.s
            """,
        Rehash = """
            UPDATE if_sku AS sku
            SET content_hash = r.h, hash_rules = @hash_rules, source_stamp = NULL
            FROM json_to_recordset(@rows::json) AS r (a text, s text, v bigint, h text)
            WHERE sku.account_id = r.a AND sku.sku_id = r.s AND sku.version = r.v
            """,
        FindOpen = """
            SELECT sku.account_id, sku.sku_id
            FROM json_to_recordset(@rows::json) AS r (a text, s text)
            JOIN if_sku AS sku ON sku.account_id = r.a AND sku.sku_id = r.s
            JOIN clutch_outbox_message AS message
                ON message.channel = @channel AND message.group_name = sku.account_id AND message.key = sku.sku_id AND message.version = sku.version AND message.status IN (0, 1, 4)
            """,
        Raise = """
            UPDATE if_sku AS sku
            SET version = greatest(sku.version, r.o) + 1
            FROM json_to_recordset(@rows::json) AS r (a text, s text, v bigint, o bigint)
            WHERE sku.account_id = r.a AND sku.sku_id = r.s AND sku.version = r.v
            RETURNING sku.account_id, sku.sku_id, sku.version
            """,
    };
}
