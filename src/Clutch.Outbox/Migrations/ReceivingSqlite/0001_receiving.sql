-- The server half: what was accepted, under which key, how far it got, and the highest version applied of each key.
-- Instants are Unix milliseconds of the database's clock.
CREATE TABLE clutch_operation (
    id TEXT NOT NULL,
    queue TEXT NOT NULL,
    caller TEXT NOT NULL,
    group_name TEXT NOT NULL,
    status INTEGER NOT NULL DEFAULT 0, -- 0 not started, 1 running, 2 succeeded, 3 partially succeeded, 4 failed, 5 cancelled
    item_count INTEGER NOT NULL,
    done_count INTEGER NOT NULL DEFAULT 0,
    failed_count INTEGER NOT NULL DEFAULT 0,
    rejected TEXT NOT NULL DEFAULT '[]',
    is_cancel_requested INTEGER NOT NULL DEFAULT 0,
    owner TEXT NULL,
    lease_until INTEGER NOT NULL DEFAULT 0,
    fence INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    ended_at INTEGER NULL,
    expires_at INTEGER NOT NULL,
    CONSTRAINT clutch_operation_pk PRIMARY KEY (id)
) STRICT;

CREATE INDEX clutch_operation_open ON clutch_operation (queue, created_at) WHERE status < 2;
CREATE INDEX clutch_operation_expiry ON clutch_operation (expires_at) WHERE status >= 2;

CREATE TABLE clutch_operation_item (
    operation_id TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    item_id TEXT NOT NULL,
    item_key TEXT NOT NULL,
    version INTEGER NOT NULL,
    type TEXT NOT NULL,
    body BLOB NOT NULL,
    outcome INTEGER NULL, -- 0 applied, 1 already applied, 2 superseded, 3 failed
    is_retryable INTEGER NOT NULL DEFAULT 0,
    problem TEXT NULL,
    CONSTRAINT clutch_operation_item_pk PRIMARY KEY (operation_id, ordinal)
) STRICT;

CREATE TABLE clutch_idempotency_record (
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    operation_id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    CONSTRAINT clutch_idempotency_record_pk PRIMARY KEY (scope, key)
) STRICT;

CREATE INDEX clutch_idempotency_record_expiry ON clutch_idempotency_record (expires_at);

CREATE TABLE clutch_version_high_water (
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT clutch_version_high_water_pk PRIMARY KEY (scope, key)
) STRICT;
