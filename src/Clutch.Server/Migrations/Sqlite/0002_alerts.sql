-- An incident, from its opening to its end.
CREATE TABLE clutch_alert (
    id INTEGER NOT NULL CONSTRAINT clutch_alert_pk PRIMARY KEY AUTOINCREMENT,
    fingerprint TEXT NOT NULL,
    -- The first alert of those that were told together: their messages follow one another.
    thread INTEGER NULL,
    notice_count INTEGER NOT NULL DEFAULT 0,
    rule TEXT NOT NULL,
    severity TEXT NOT NULL CONSTRAINT clutch_alert_severity CHECK (severity IN ('Warning', 'Critical')),
    state TEXT NOT NULL CONSTRAINT clutch_alert_state CHECK (state IN ('Open', 'Acknowledged', 'Resolved')),
    job_name TEXT NULL,
    subject TEXT NOT NULL,
    job_execution_id INTEGER NULL,
    what TEXT NOT NULL,
    impact TEXT NULL,
    retry TEXT NULL,
    path TEXT NULL,
    command TEXT NULL,
    since INTEGER NOT NULL,
    opened_at INTEGER NOT NULL,
    notified_at INTEGER NULL,
    acknowledged_at INTEGER NULL,
    acknowledged_by TEXT NULL,
    resolved_at INTEGER NULL
) STRICT;

CREATE UNIQUE INDEX clutch_alert_one_live ON clutch_alert (fingerprint) WHERE state <> 'Resolved';
CREATE INDEX clutch_alert_by_state ON clutch_alert (state, id);
CREATE INDEX clutch_alert_by_rule ON clutch_alert (rule, id);
CREATE INDEX clutch_alert_by_job ON clutch_alert (job_name, id);
CREATE INDEX clutch_alert_by_resolution ON clutch_alert (resolved_at) WHERE resolved_at IS NOT NULL;

CREATE TABLE clutch_alert_silence (
    id INTEGER NOT NULL CONSTRAINT clutch_alert_silence_pk PRIMARY KEY AUTOINCREMENT,
    rule TEXT NULL,
    job_name TEXT NULL,
    alert_id INTEGER NULL,
    author TEXT NOT NULL,
    reason TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL
) STRICT;

CREATE INDEX clutch_alert_silence_by_end ON clutch_alert_silence (ends_at);

-- What only one process at a time does.
CREATE TABLE clutch_server_lease (
    name TEXT NOT NULL CONSTRAINT clutch_server_lease_pk PRIMARY KEY,
    owner TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
