-- The interface table: the last known state of each SKU. A tombstone keeps its row, so that a SKU that comes back goes on with its version.
CREATE TABLE if_sku (
    account_id text NOT NULL,
    sku_id text NOT NULL,
    payload text NOT NULL,
    content_hash text NOT NULL,
    hash_rules text NOT NULL,
    version bigint NOT NULL,
    source_stamp text NULL,
    source_updated_at bigint NULL,
    last_seen_run bigint NOT NULL,
    fetched_run bigint NOT NULL,
    changed_run bigint NOT NULL,
    missing_runs integer NOT NULL DEFAULT 0,
    not_found_run bigint NULL,
    changed_at timestamptz NOT NULL,
    deleted_at timestamptz NULL,
    CONSTRAINT if_sku_pk PRIMARY KEY (account_id, sku_id)
) WITH (fillfactor = 80);  -- each run marks each row as seen: room on the page keeps that from touching the index

CREATE TABLE sync_run (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT sync_run_pk PRIMARY KEY,
    run_key text NOT NULL,
    kind text NOT NULL,
    status text NOT NULL CONSTRAINT sync_run_status CHECK (status IN ('Running', 'Held', 'Completed', 'CompletedWithErrors', 'Superseded')),
    job_execution_id bigint NOT NULL,
    hash_rules text NOT NULL,
    started_at timestamptz NOT NULL,
    listing text NULL,
    listed_count bigint NOT NULL DEFAULT 0,
    fetched_count bigint NOT NULL DEFAULT 0,
    changed_count bigint NOT NULL DEFAULT 0,
    deleted_count bigint NOT NULL DEFAULT 0,
    failed_count bigint NOT NULL DEFAULT 0,
    stale_count bigint NOT NULL DEFAULT 0,
    missing_count bigint NOT NULL DEFAULT 0,
    approved_at timestamptz NULL,
    approved_by text NULL,
    ingested_at timestamptz NULL,
    accepted_at timestamptz NULL,
    synced_at timestamptz NULL,
    ended_at timestamptz NULL,
    CONSTRAINT sync_run_key UNIQUE (kind, run_key)
);

-- One active run of a kind: the database refuses a second.
CREATE UNIQUE INDEX sync_run_one_active ON sync_run (kind) WHERE status = 'Running';

-- Listed ids whose detail could not be had, or came stale.
CREATE TABLE sync_gap (
    run_id bigint NOT NULL CONSTRAINT sync_gap_run REFERENCES sync_run (id) ON DELETE CASCADE,
    account_id text NOT NULL,
    sku_id text NOT NULL,
    reason text NOT NULL CONSTRAINT sync_gap_reason CHECK (reason IN ('Failed', 'NotFound', 'Stale')),
    source_stamp text NULL,
    source_updated_at bigint NULL,
    problem text NULL,
    CONSTRAINT sync_gap_pk PRIMARY KEY (run_id, account_id, sku_id)
);
