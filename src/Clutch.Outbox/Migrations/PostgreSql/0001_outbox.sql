CREATE SEQUENCE clutch_outbox_message_id CACHE 1;

-- One row a message, written when it enters and when it leaves a submission. Its payload lies apart: a change of status must not write it anew.
CREATE TABLE clutch_outbox_message (
    id bigint NOT NULL DEFAULT nextval('clutch_outbox_message_id') CONSTRAINT clutch_outbox_message_pk PRIMARY KEY,
    channel text NOT NULL,
    group_name text NOT NULL,
    key text NOT NULL,
    version bigint NOT NULL,
    type text NOT NULL,
    -- 0 pending, 1 in a submission, 3 synced, 4 failed, 5 superseded; clutch_outbox shows what a person sees.
    status smallint NOT NULL CONSTRAINT clutch_outbox_message_status CHECK (status IN (0, 1, 3, 4, 5)),
    submission_id bigint NULL,
    attempts integer NOT NULL DEFAULT 0,
    redrive_count integer NOT NULL DEFAULT 0,
    size_bytes integer NOT NULL,
    next_attempt_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NULL,
    completed_at timestamptz NULL,
    failure_kind smallint NULL,
    problem_type text NULL,
    problem_detail text NULL,
    acknowledged_at timestamptz NULL,
    trace_parent text NULL,
    CONSTRAINT clutch_outbox_message_version UNIQUE (channel, group_name, key, version),
    -- Nothing is in a submission without one, and what has failed says why.
    CONSTRAINT clutch_outbox_message_in_submission CHECK (status <> 1 OR submission_id IS NOT NULL),
    CONSTRAINT clutch_outbox_message_failure CHECK ((status = 4) = (failure_kind IS NOT NULL)),
    CONSTRAINT clutch_outbox_message_completed CHECK ((status >= 3) = (completed_at IS NOT NULL))
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_limit = 2000);

CREATE INDEX clutch_outbox_message_ready ON clutch_outbox_message (channel, group_name, next_attempt_at, id) WHERE status = 0;
CREATE INDEX clutch_outbox_message_members ON clutch_outbox_message (submission_id) WHERE status = 1;
CREATE INDEX clutch_outbox_message_done ON clutch_outbox_message (channel, completed_at) WHERE status IN (3, 5);
CREATE INDEX clutch_outbox_message_failed ON clutch_outbox_message (channel, id) WHERE status = 4;
CREATE INDEX clutch_outbox_message_expiry ON clutch_outbox_message (channel, expires_at) WHERE status = 0 AND expires_at IS NOT NULL;

CREATE TABLE clutch_outbox_body (
    message_id bigint NOT NULL CONSTRAINT clutch_outbox_body_pk PRIMARY KEY,
    payload bytea NOT NULL
);

-- One row a request: the key and the members (message.submission_id) are stored before it is sent.
CREATE TABLE clutch_outbox_submission (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT clutch_outbox_submission_pk PRIMARY KEY,
    channel text NOT NULL,
    group_name text NOT NULL,
    idempotency_key text NOT NULL CONSTRAINT clutch_outbox_submission_key UNIQUE,
    -- 0 sending, 1 submitted, 2 closed, 3 expired
    state smallint NOT NULL CONSTRAINT clutch_outbox_submission_state CHECK (state IN (0, 1, 2, 3)),
    fence bigint NOT NULL,
    owner text NULL,
    -- Whose lease ran out before, where that is so.
    previous_owner text NULL,
    -- With an owner: the end of its lease. Without: the next time to send or to ask.
    due_at timestamptz NULL,
    attempts integer NOT NULL,
    base_attempts integer NOT NULL,
    item_count integer NOT NULL,
    split_depth integer NOT NULL DEFAULT 0,
    rounds integer NOT NULL DEFAULT 0,
    poll_count integer NOT NULL DEFAULT 0,
    is_thinned boolean NOT NULL DEFAULT false,
    correlation_id text NULL,
    status_url text NULL,
    created_at timestamptz NOT NULL,
    submitted_at timestamptz NULL,
    closed_at timestamptz NULL,
    CONSTRAINT clutch_outbox_submission_accepted CHECK (state <> 1 OR correlation_id IS NOT NULL),
    CONSTRAINT clutch_outbox_submission_due CHECK ((state = 2) = (due_at IS NULL))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_limit = 2000);

CREATE INDEX clutch_outbox_submission_to_send ON clutch_outbox_submission (channel, due_at) WHERE state = 0;
CREATE INDEX clutch_outbox_submission_to_ask ON clutch_outbox_submission (channel, due_at) WHERE state IN (1, 3);
CREATE INDEX clutch_outbox_submission_closed ON clutch_outbox_submission (channel, closed_at) WHERE state = 2;

-- What went wrong, only ever added to.
CREATE TABLE clutch_outbox_attempt (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT clutch_outbox_attempt_pk PRIMARY KEY,
    channel text NOT NULL,
    submission_id bigint NOT NULL,
    -- Null for the whole submission.
    message_id bigint NULL,
    at timestamptz NOT NULL,
    problem_type text NOT NULL,
    problem_detail text NULL
);

CREATE INDEX clutch_outbox_attempt_by_submission ON clutch_outbox_attempt (submission_id);
CREATE INDEX clutch_outbox_attempt_by_message ON clutch_outbox_attempt (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX clutch_outbox_attempt_by_time ON clutch_outbox_attempt (channel, at);

CREATE TABLE clutch_outbox_group (
    channel text NOT NULL,
    group_name text NOT NULL,
    paused_at timestamptz NULL,
    held_until timestamptz NULL,
    CONSTRAINT clutch_outbox_group_pk PRIMARY KEY (channel, group_name)
);

CREATE TABLE clutch_outbox_channel (
    channel text NOT NULL CONSTRAINT clutch_outbox_channel_pk PRIMARY KEY,
    paused_at timestamptz NULL,
    fault_at timestamptz NULL,
    fault_until timestamptz NULL,
    fault_type text NULL,
    fault_detail text NULL
);

-- Who sent what again: one row a command.
CREATE TABLE clutch_outbox_redrive (
    command_id text NOT NULL CONSTRAINT clutch_outbox_redrive_pk PRIMARY KEY,
    channel text NOT NULL,
    requested_by text NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at timestamptz NULL,
    -- Messages up to this one are dealt with.
    last_message_id bigint NOT NULL,
    -- And those after it failed later than the command.
    max_message_id bigint NOT NULL,
    matched_count integer NOT NULL,
    redriven_count integer NOT NULL,
    superseded_count integer NOT NULL
);

CREATE VIEW clutch_outbox AS
SELECT
    message.id, message.channel, message.group_name, message.key, message.version, message.type,
    CASE
        WHEN message.status = 0 THEN 'PENDING'
        WHEN message.status = 1 AND submission.state = 1 THEN 'SUBMITTED'
        WHEN message.status = 1 THEN 'PENDING'
        WHEN message.status = 3 THEN 'SYNCED'
        WHEN message.status = 4 THEN 'FAILED'
        ELSE 'SUPERSEDED'
    END AS status,
    message.attempts, message.redrive_count, message.created_at, message.next_attempt_at, message.completed_at, message.submission_id,
    submission.idempotency_key, submission.correlation_id, submission.submitted_at,
    message.failure_kind, message.problem_type, message.problem_detail, message.acknowledged_at
FROM clutch_outbox_message AS message
LEFT JOIN clutch_outbox_submission AS submission ON submission.id = message.submission_id;
