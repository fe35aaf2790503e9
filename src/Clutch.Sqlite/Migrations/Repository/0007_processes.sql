-- The processes that work, with a web server or without.
CREATE TABLE clutch_process (
    name TEXT NOT NULL CONSTRAINT clutch_process_pk PRIMARY KEY,
    state TEXT NOT NULL CONSTRAINT clutch_process_state CHECK (state IN ('Live', 'Draining', 'Stopped')),
    started_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    interval_ms INTEGER NOT NULL,
    running_count INTEGER NOT NULL,
    max_running INTEGER NULL,
    version TEXT NULL,
    memory_bytes INTEGER NOT NULL,
    cpu_cores REAL NOT NULL,
    jobs TEXT NOT NULL,
    clock_skew_ms INTEGER NULL
) STRICT;
