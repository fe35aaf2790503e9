-- The server half: what was accepted, under which key, how far it got, and the highest version applied of each key.
-- Instants are Unix milliseconds of the database's clock.
CREATE TABLE clutch_operation (
    id text NOT NULL,
    queue text NOT NULL,
    caller text NOT NULL,
    group_name text NOT NULL,
    status smallint NOT NULL DEFAULT 0, -- 0 not started, 1 running, 2 succeeded, 3 partially succeeded, 4 failed, 5 cancelled
    item_count bigint NOT NULL,
    done_count bigint NOT NULL DEFAULT 0,
    failed_count bigint NOT NULL DEFAULT 0,
    rejected text NOT NULL DEFAULT '[]',
    is_cancel_requested boolean NOT NULL DEFAULT false,
    owner text NULL,
    lease_until bigint NOT NULL DEFAULT 0,
    fence bigint NOT NULL DEFAULT 0,
    created_at bigint NOT NULL,
    ended_at bigint NULL,
    expires_at bigint NOT NULL,
    CONSTRAINT clutch_operation_pk PRIMARY KEY (id)
) WITH (fillfactor = 70);

CREATE INDEX clutch_operation_open ON clutch_operation (queue, created_at) WHERE status < 2;
CREATE INDEX clutch_operation_expiry ON clutch_operation (expires_at) WHERE status >= 2;

CREATE TABLE clutch_operation_item (
    operation_id text NOT NULL,
    ordinal bigint NOT NULL,
    item_id text NOT NULL,
    item_key text NOT NULL,
    version bigint NOT NULL,
    type text NOT NULL,
    body bytea NOT NULL,
    outcome smallint NULL, -- 0 applied, 1 already applied, 2 superseded, 3 failed
    is_retryable boolean NOT NULL DEFAULT false,
    problem text NULL,
    CONSTRAINT clutch_operation_item_pk PRIMARY KEY (operation_id, ordinal)
) WITH (fillfactor = 70);

CREATE TABLE clutch_idempotency_record (
    scope text NOT NULL,
    key text NOT NULL,
    fingerprint text NOT NULL,
    operation_id text NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    CONSTRAINT clutch_idempotency_record_pk PRIMARY KEY (scope, key)
);

CREATE INDEX clutch_idempotency_record_expiry ON clutch_idempotency_record (expires_at);

CREATE TABLE clutch_version_high_water (
    scope text NOT NULL,
    key text NOT NULL,
    version bigint NOT NULL,
    CONSTRAINT clutch_version_high_water_pk PRIMARY KEY (scope, key)
) WITH (fillfactor = 70);
