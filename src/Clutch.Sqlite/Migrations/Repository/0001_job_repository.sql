-- Instants are milliseconds since 1970-01-01 (UTC).
CREATE TABLE clutch_repository (
    id TEXT NOT NULL CONSTRAINT clutch_repository_pk PRIMARY KEY
) STRICT;

INSERT INTO clutch_repository (id) VALUES (lower(hex(randomblob(16))));

CREATE TABLE clutch_job_instance (
    id INTEGER NOT NULL CONSTRAINT clutch_job_instance_pk PRIMARY KEY AUTOINCREMENT,
    job_name TEXT NOT NULL,
    instance_key TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    CONSTRAINT clutch_job_instance_key UNIQUE (job_name, instance_key)
) STRICT;

CREATE TABLE clutch_job_execution (
    id INTEGER NOT NULL CONSTRAINT clutch_job_execution_pk PRIMARY KEY AUTOINCREMENT,
    instance_id INTEGER NOT NULL CONSTRAINT clutch_job_execution_instance REFERENCES clutch_job_instance (id),
    job_name TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    status TEXT NOT NULL CONSTRAINT clutch_job_execution_status
        CHECK (status IN ('Starting', 'Started', 'Stopping', 'Stopped', 'Failed', 'Completed', 'Abandoned')),
    exit_code TEXT NULL,
    parameters TEXT NOT NULL,
    node TEXT NOT NULL,
    fence INTEGER NOT NULL,
    lease_expires_at INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER NULL,
    failure_type TEXT NULL,
    failure_message TEXT NULL,
    failure_details TEXT NULL,
    context TEXT NULL,
    restart_at TEXT NULL
) STRICT;

-- Law 4: at most one running execution of an instance.
CREATE UNIQUE INDEX clutch_job_execution_one_running ON clutch_job_execution (instance_id) WHERE status IN ('Starting', 'Started', 'Stopping');
CREATE INDEX clutch_job_execution_by_instance ON clutch_job_execution (instance_id, id);
CREATE INDEX clutch_job_execution_by_job ON clutch_job_execution (job_name, id);
CREATE INDEX clutch_job_execution_by_status ON clutch_job_execution (status, id);
CREATE INDEX clutch_job_execution_by_job_and_status ON clutch_job_execution (job_name, status, id);
CREATE INDEX clutch_job_execution_by_end ON clutch_job_execution (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE clutch_step_execution (
    id INTEGER NOT NULL CONSTRAINT clutch_step_execution_pk PRIMARY KEY AUTOINCREMENT,
    job_execution_id INTEGER NOT NULL CONSTRAINT clutch_step_execution_job REFERENCES clutch_job_execution (id),
    instance_id INTEGER NOT NULL CONSTRAINT clutch_step_execution_instance REFERENCES clutch_job_instance (id),
    step_name TEXT NOT NULL,
    partition_name TEXT NULL,
    partition_data TEXT NULL,
    status TEXT NOT NULL CONSTRAINT clutch_step_execution_status
        CHECK (status IN ('Starting', 'Started', 'Stopping', 'Stopped', 'Failed', 'Completed', 'Abandoned')),
    exit_code TEXT NULL,
    start_count INTEGER NOT NULL,
    read_count INTEGER NOT NULL DEFAULT 0,
    written_count INTEGER NOT NULL DEFAULT 0,
    filtered_count INTEGER NOT NULL DEFAULT 0,
    read_skip_count INTEGER NOT NULL DEFAULT 0,
    process_skip_count INTEGER NOT NULL DEFAULT 0,
    write_skip_count INTEGER NOT NULL DEFAULT 0,
    commit_count INTEGER NOT NULL DEFAULT 0,
    rollback_count INTEGER NOT NULL DEFAULT 0,
    retry_count INTEGER NOT NULL DEFAULT 0,
    uncommitted_read_count INTEGER NULL,
    uncommitted_written_count INTEGER NULL,
    uncommitted_filtered_count INTEGER NULL,
    uncommitted_read_skip_count INTEGER NULL,
    uncommitted_process_skip_count INTEGER NULL,
    uncommitted_write_skip_count INTEGER NULL,
    uncommitted_commit_count INTEGER NULL,
    uncommitted_rollback_count INTEGER NULL,
    uncommitted_retry_count INTEGER NULL,
    has_checkpoint INTEGER NOT NULL DEFAULT 0,
    checkpoint_in TEXT NULL,
    checkpoint_out TEXT NULL,
    fraction REAL NULL,
    context TEXT NULL,
    node TEXT NULL,
    fence INTEGER NOT NULL,
    lease_expires_at INTEGER NULL,
    started_at INTEGER NULL,
    updated_at INTEGER NULL,
    ended_at INTEGER NULL,
    failure_type TEXT NULL,
    failure_message TEXT NULL,
    failure_details TEXT NULL
) STRICT;

CREATE INDEX clutch_step_execution_by_job ON clutch_step_execution (job_execution_id, id);
CREATE INDEX clutch_step_execution_by_step ON clutch_step_execution (instance_id, step_name, partition_name, id);
-- Only steps that wait or run: claims and recovery look at nothing else.
CREATE INDEX clutch_step_execution_running ON clutch_step_execution (job_execution_id, step_name, id)
    WHERE status IN ('Starting', 'Started', 'Stopping');

CREATE TABLE clutch_dead_letter (
    id INTEGER NOT NULL CONSTRAINT clutch_dead_letter_pk PRIMARY KEY AUTOINCREMENT,
    instance_id INTEGER NOT NULL CONSTRAINT clutch_dead_letter_instance REFERENCES clutch_job_instance (id),
    step_execution_id INTEGER NOT NULL CONSTRAINT clutch_dead_letter_step REFERENCES clutch_step_execution (id),
    step_name TEXT NOT NULL,
    partition_name TEXT NULL,
    phase TEXT NOT NULL CONSTRAINT clutch_dead_letter_phase CHECK (phase IN ('Read', 'Process', 'Write')),
    ordinal INTEGER NOT NULL,
    location TEXT NULL,
    payload TEXT NULL,
    failure_type TEXT NOT NULL,
    failure_message TEXT NOT NULL,
    failure_details TEXT NULL,
    status TEXT NOT NULL DEFAULT 'Open' CONSTRAINT clutch_dead_letter_status CHECK (status IN ('Open', 'Redriven')),
    skipped_at INTEGER NOT NULL,
    -- One letter an item, also when a chunk's records arrive twice.
    CONSTRAINT clutch_dead_letter_item UNIQUE (step_execution_id, ordinal)
) STRICT;

CREATE INDEX clutch_dead_letter_by_instance ON clutch_dead_letter (instance_id, id);
CREATE INDEX clutch_dead_letter_by_step ON clutch_dead_letter (step_name, id);
CREATE INDEX clutch_dead_letter_by_status ON clutch_dead_letter (status, id);
