-- The processes that work, with a web server or without. A sign of life every few seconds touches no indexed column.
CREATE TABLE clutch_process (
    name text NOT NULL CONSTRAINT clutch_process_pk PRIMARY KEY,
    state text NOT NULL CONSTRAINT clutch_process_state CHECK (state IN ('Live', 'Draining', 'Stopped')),
    started_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    interval_ms bigint NOT NULL,
    running_count integer NOT NULL,
    max_running integer NULL,
    version text NULL,
    memory_bytes bigint NOT NULL,
    cpu_cores double precision NOT NULL,
    jobs text NOT NULL,
    clock_skew_ms bigint NULL
) WITH (fillfactor = 50);
