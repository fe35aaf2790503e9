-- Instants are milliseconds since 1970-01-01 (UTC).
-- One row a message, written when it enters and when it leaves a submission. Its payload lies apart: a change of status must not write it anew.
CREATE TABLE clutch_outbox_message (
    id INTEGER NOT NULL CONSTRAINT clutch_outbox_message_pk PRIMARY KEY AUTOINCREMENT,
    channel TEXT NOT NULL,
    group_name TEXT NOT NULL,
    key TEXT NOT NULL,
    version INTEGER NOT NULL,
    type TEXT NOT NULL,
    -- 0 pending, 1 in a submission, 3 synced, 4 failed, 5 superseded; clutch_outbox shows what a person sees.
    status INTEGER NOT NULL CONSTRAINT clutch_outbox_message_status CHECK (status IN (0, 1, 3, 4, 5)),
    submission_id INTEGER NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    redrive_count INTEGER NOT NULL DEFAULT 0,
    size_bytes INTEGER NOT NULL,
    next_attempt_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NULL,
    completed_at INTEGER NULL,
    failure_kind INTEGER NULL,
    problem_type TEXT NULL,
    problem_detail TEXT NULL,
    acknowledged_at INTEGER NULL,
    trace_parent TEXT NULL,
    CONSTRAINT clutch_outbox_message_version UNIQUE (channel, group_name, key, version),
    -- Nothing is in a submission without one, and what has failed says why.
    CONSTRAINT clutch_outbox_message_in_submission CHECK (status <> 1 OR submission_id IS NOT NULL),
    CONSTRAINT clutch_outbox_message_failure CHECK ((status = 4) = (failure_kind IS NOT NULL)),
    CONSTRAINT clutch_outbox_message_completed CHECK ((status >= 3) = (completed_at IS NOT NULL))
) STRICT;

CREATE INDEX clutch_outbox_message_ready ON clutch_outbox_message (channel, group_name, next_attempt_at, id) WHERE status = 0;
CREATE INDEX clutch_outbox_message_members ON clutch_outbox_message (submission_id) WHERE status = 1;
CREATE INDEX clutch_outbox_message_done ON clutch_outbox_message (channel, completed_at) WHERE status IN (3, 5);
CREATE INDEX clutch_outbox_message_failed ON clutch_outbox_message (channel, id) WHERE status = 4;
CREATE INDEX clutch_outbox_message_expiry ON clutch_outbox_message (channel, expires_at) WHERE status = 0 AND expires_at IS NOT NULL;

CREATE TABLE clutch_outbox_body (
    message_id INTEGER NOT NULL CONSTRAINT clutch_outbox_body_pk PRIMARY KEY,
    payload BLOB NOT NULL
) STRICT;

-- One row a request: the key and the members (message.submission_id) are stored before it is sent.
CREATE TABLE clutch_outbox_submission (
    id INTEGER NOT NULL CONSTRAINT clutch_outbox_submission_pk PRIMARY KEY AUTOINCREMENT,
    channel TEXT NOT NULL,
    group_name TEXT NOT NULL,
    idempotency_key TEXT NOT NULL CONSTRAINT clutch_outbox_submission_key UNIQUE,
    -- 0 sending, 1 submitted, 2 closed, 3 expired
    state INTEGER NOT NULL CONSTRAINT clutch_outbox_submission_state CHECK (state IN (0, 1, 2, 3)),
    fence INTEGER NOT NULL,
    owner TEXT NULL,
    -- Whose lease ran out before, where that is so.
    previous_owner TEXT NULL,
    -- With an owner: the end of its lease. Without: the next time to send or to ask.
    due_at INTEGER NULL,
    attempts INTEGER NOT NULL,
    base_attempts INTEGER NOT NULL,
    item_count INTEGER NOT NULL,
    split_depth INTEGER NOT NULL DEFAULT 0,
    rounds INTEGER NOT NULL DEFAULT 0,
    poll_count INTEGER NOT NULL DEFAULT 0,
    is_thinned INTEGER NOT NULL DEFAULT 0,
    correlation_id TEXT NULL,
    status_url TEXT NULL,
    created_at INTEGER NOT NULL,
    submitted_at INTEGER NULL,
    closed_at INTEGER NULL,
    CONSTRAINT clutch_outbox_submission_accepted CHECK (state <> 1 OR correlation_id IS NOT NULL),
    CONSTRAINT clutch_outbox_submission_due CHECK ((state = 2) = (due_at IS NULL))
) STRICT;

CREATE INDEX clutch_outbox_submission_to_send ON clutch_outbox_submission (channel, due_at) WHERE state = 0;
CREATE INDEX clutch_outbox_submission_to_ask ON clutch_outbox_submission (channel, due_at) WHERE state IN (1, 3);
CREATE INDEX clutch_outbox_submission_closed ON clutch_outbox_submission (channel, closed_at) WHERE state = 2;

-- What went wrong, only ever added to.
CREATE TABLE clutch_outbox_attempt (
    id INTEGER NOT NULL CONSTRAINT clutch_outbox_attempt_pk PRIMARY KEY AUTOINCREMENT,
    channel TEXT NOT NULL,
    submission_id INTEGER NOT NULL,
    -- Null for the whole submission.
    message_id INTEGER NULL,
    at INTEGER NOT NULL,
    problem_type TEXT NOT NULL,
    problem_detail TEXT NULL
) STRICT;

CREATE INDEX clutch_outbox_attempt_by_submission ON clutch_outbox_attempt (submission_id);
CREATE INDEX clutch_outbox_attempt_by_message ON clutch_outbox_attempt (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX clutch_outbox_attempt_by_time ON clutch_outbox_attempt (channel, at);

CREATE TABLE clutch_outbox_group (
    channel TEXT NOT NULL,
    group_name TEXT NOT NULL,
    paused_at INTEGER NULL,
    held_until INTEGER NULL,
    CONSTRAINT clutch_outbox_group_pk PRIMARY KEY (channel, group_name)
) STRICT;

CREATE TABLE clutch_outbox_channel (
    channel TEXT NOT NULL CONSTRAINT clutch_outbox_channel_pk PRIMARY KEY,
    paused_at INTEGER NULL,
    fault_at INTEGER NULL,
    fault_until INTEGER NULL,
    fault_type TEXT NULL,
    fault_detail TEXT NULL
) STRICT;

-- Who sent what again: one row a command.
CREATE TABLE clutch_outbox_redrive (
    command_id TEXT NOT NULL CONSTRAINT clutch_outbox_redrive_pk PRIMARY KEY,
    channel TEXT NOT NULL,
    requested_by TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER NULL,
    -- Messages up to this one are dealt with.
    last_message_id INTEGER NOT NULL,
    -- And those after it failed later than the command.
    max_message_id INTEGER NOT NULL,
    matched_count INTEGER NOT NULL,
    redriven_count INTEGER NOT NULL,
    superseded_count INTEGER NOT NULL
) STRICT;

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
