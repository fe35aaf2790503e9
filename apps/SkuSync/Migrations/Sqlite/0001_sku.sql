-- Instants are milliseconds since 1970-01-01 (UTC).
-- The interface table: the last known state of each SKU. A tombstone keeps its row, so that a SKU that comes back goes on with its version.
CREATE TABLE if_sku (
    account_id TEXT NOT NULL,
    sku_id TEXT NOT NULL,
    payload TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    hash_rules TEXT NOT NULL,
    version INTEGER NOT NULL,
    source_stamp TEXT NULL,
    source_updated_at INTEGER NULL,
    last_seen_run INTEGER NOT NULL,
    fetched_run INTEGER NOT NULL,
    changed_run INTEGER NOT NULL,
    missing_runs INTEGER NOT NULL DEFAULT 0,
    not_found_run INTEGER NULL,
    changed_at INTEGER NOT NULL,
    deleted_at INTEGER NULL,
    CONSTRAINT if_sku_pk PRIMARY KEY (account_id, sku_id)
) STRICT;

CREATE TABLE sync_run (
    id INTEGER NOT NULL CONSTRAINT sync_run_pk PRIMARY KEY AUTOINCREMENT,
    run_key TEXT NOT NULL,
    kind TEXT NOT NULL,
    status TEXT NOT NULL CONSTRAINT sync_run_status CHECK (status IN ('Running', 'Held', 'Completed', 'CompletedWithErrors', 'Superseded')),
    job_execution_id INTEGER NOT NULL,
    hash_rules TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    listing TEXT NULL,
    listed_count INTEGER NOT NULL DEFAULT 0,
    fetched_count INTEGER NOT NULL DEFAULT 0,
    changed_count INTEGER NOT NULL DEFAULT 0,
    deleted_count INTEGER NOT NULL DEFAULT 0,
    failed_count INTEGER NOT NULL DEFAULT 0,
    stale_count INTEGER NOT NULL DEFAULT 0,
    missing_count INTEGER NOT NULL DEFAULT 0,
    approved_at INTEGER NULL,
    approved_by TEXT NULL,
    ingested_at INTEGER NULL,
    accepted_at INTEGER NULL,
    synced_at INTEGER NULL,
    ended_at INTEGER NULL,
    CONSTRAINT sync_run_key UNIQUE (kind, run_key)
) STRICT;

-- One active run of a kind: the database refuses a second.
CREATE UNIQUE INDEX sync_run_one_active ON sync_run (kind) WHERE status = 'Running';

-- Listed ids whose detail could not be had, or came stale.
CREATE TABLE sync_gap (
    run_id INTEGER NOT NULL CONSTRAINT sync_gap_run REFERENCES sync_run (id) ON DELETE CASCADE,
    account_id TEXT NOT NULL,
    sku_id TEXT NOT NULL,
    reason TEXT NOT NULL CONSTRAINT sync_gap_reason CHECK (reason IN ('Failed', 'NotFound', 'Stale')),
    source_stamp TEXT NULL,
    source_updated_at INTEGER NULL,
    problem TEXT NULL,
    CONSTRAINT sync_gap_pk PRIMARY KEY (run_id, account_id, sku_id)
) STRICT;
