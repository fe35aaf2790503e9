CREATE TABLE clutch_repository (
    id text NOT NULL CONSTRAINT clutch_repository_pk PRIMARY KEY
);

INSERT INTO clutch_repository (id) VALUES (replace(gen_random_uuid()::text, '-', ''));

CREATE TABLE clutch_job_instance (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT clutch_job_instance_pk PRIMARY KEY,
    job_name text NOT NULL,
    instance_key text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT clutch_job_instance_key UNIQUE (job_name, instance_key)
);

CREATE TABLE clutch_job_execution (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT clutch_job_execution_pk PRIMARY KEY,
    instance_id bigint NOT NULL CONSTRAINT clutch_job_execution_instance REFERENCES clutch_job_instance (id),
    job_name text NOT NULL,
    attempt integer NOT NULL,
    status text NOT NULL CONSTRAINT clutch_job_execution_status
        CHECK (status IN ('Starting', 'Started', 'Stopping', 'Stopped', 'Failed', 'Completed', 'Abandoned')),
    exit_code text NULL,
    parameters text NOT NULL,
    node text NOT NULL,
    fence bigint NOT NULL,
    lease_expires_at timestamptz NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at timestamptz NULL,
    failure_type text NULL,
    failure_message text NULL,
    failure_details text NULL,
    context text NULL,
    restart_at text NULL
) WITH (fillfactor = 70); -- and each renewal of the lease this one

-- Law 4: at most one running execution of an instance.
CREATE UNIQUE INDEX clutch_job_execution_one_running ON clutch_job_execution (instance_id) WHERE status IN ('Starting', 'Started', 'Stopping');
CREATE INDEX clutch_job_execution_by_instance ON clutch_job_execution (instance_id, id);
CREATE INDEX clutch_job_execution_by_job ON clutch_job_execution (job_name, id);
CREATE INDEX clutch_job_execution_by_status ON clutch_job_execution (status, id);
CREATE INDEX clutch_job_execution_by_job_and_status ON clutch_job_execution (job_name, status, id);
CREATE INDEX clutch_job_execution_by_end ON clutch_job_execution (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE clutch_step_execution (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT clutch_step_execution_pk PRIMARY KEY,
    job_execution_id bigint NOT NULL CONSTRAINT clutch_step_execution_job REFERENCES clutch_job_execution (id),
    instance_id bigint NOT NULL CONSTRAINT clutch_step_execution_instance REFERENCES clutch_job_instance (id),
    step_name text NOT NULL,
    partition_name text NULL,
    partition_data text NULL,
    status text NOT NULL CONSTRAINT clutch_step_execution_status
        CHECK (status IN ('Starting', 'Started', 'Stopping', 'Stopped', 'Failed', 'Completed', 'Abandoned')),
    exit_code text NULL,
    start_count integer NOT NULL,
    read_count bigint NOT NULL DEFAULT 0,
    written_count bigint NOT NULL DEFAULT 0,
    filtered_count bigint NOT NULL DEFAULT 0,
    read_skip_count bigint NOT NULL DEFAULT 0,
    process_skip_count bigint NOT NULL DEFAULT 0,
    write_skip_count bigint NOT NULL DEFAULT 0,
    commit_count bigint NOT NULL DEFAULT 0,
    rollback_count bigint NOT NULL DEFAULT 0,
    retry_count bigint NOT NULL DEFAULT 0,
    uncommitted_read_count bigint NULL,
    uncommitted_written_count bigint NULL,
    uncommitted_filtered_count bigint NULL,
    uncommitted_read_skip_count bigint NULL,
    uncommitted_process_skip_count bigint NULL,
    uncommitted_write_skip_count bigint NULL,
    uncommitted_commit_count bigint NULL,
    uncommitted_rollback_count bigint NULL,
    uncommitted_retry_count bigint NULL,
    has_checkpoint boolean NOT NULL DEFAULT false,
    checkpoint_in text NULL,
    checkpoint_out text NULL,
    fraction double precision NULL,
    context text NULL,
    node text NULL,
    fence bigint NOT NULL,
    lease_expires_at timestamptz NULL,
    started_at timestamptz NULL,
    updated_at timestamptz NULL,
    ended_at timestamptz NULL,
    failure_type text NULL,
    failure_message text NULL,
    failure_details text NULL
) WITH (fillfactor = 50); -- each chunk commit writes the row anew: room for it on the same page

CREATE INDEX clutch_step_execution_by_job ON clutch_step_execution (job_execution_id, id);
CREATE INDEX clutch_step_execution_by_step ON clutch_step_execution (instance_id, step_name, partition_name, id);
-- Only steps that wait or run: claims and recovery look at nothing else.
CREATE INDEX clutch_step_execution_running ON clutch_step_execution (job_execution_id, step_name, id)
    WHERE status IN ('Starting', 'Started', 'Stopping');

CREATE TABLE clutch_dead_letter (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT clutch_dead_letter_pk PRIMARY KEY,
    instance_id bigint NOT NULL CONSTRAINT clutch_dead_letter_instance REFERENCES clutch_job_instance (id),
    step_execution_id bigint NOT NULL CONSTRAINT clutch_dead_letter_step REFERENCES clutch_step_execution (id),
    step_name text NOT NULL,
    partition_name text NULL,
    phase text NOT NULL CONSTRAINT clutch_dead_letter_phase CHECK (phase IN ('Read', 'Process', 'Write')),
    ordinal bigint NOT NULL,
    location text NULL,
    payload text NULL,
    failure_type text NOT NULL,
    failure_message text NOT NULL,
    failure_details text NULL,
    status text NOT NULL DEFAULT 'Open' CONSTRAINT clutch_dead_letter_status CHECK (status IN ('Open', 'Redriven')),
    skipped_at timestamptz NOT NULL,
    -- One letter an item, also when a chunk's records arrive twice.
    CONSTRAINT clutch_dead_letter_item UNIQUE (step_execution_id, ordinal)
);

CREATE INDEX clutch_dead_letter_by_instance ON clutch_dead_letter (instance_id, id);
CREATE INDEX clutch_dead_letter_by_step ON clutch_dead_letter (step_name, id);
CREATE INDEX clutch_dead_letter_by_status ON clutch_dead_letter (status, id);
