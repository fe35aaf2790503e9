-- An incident, from its opening to its end.
CREATE TABLE clutch_alert (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT clutch_alert_pk PRIMARY KEY,
    fingerprint text NOT NULL,
    -- The first alert of those that were told together: their messages follow one another.
    thread bigint NULL,
    notice_count bigint NOT NULL DEFAULT 0,
    rule text NOT NULL,
    severity text NOT NULL CONSTRAINT clutch_alert_severity CHECK (severity IN ('Warning', 'Critical')),
    state text NOT NULL CONSTRAINT clutch_alert_state CHECK (state IN ('Open', 'Acknowledged', 'Resolved')),
    job_name text NULL,
    subject text NOT NULL,
    job_execution_id bigint NULL,
    what text NOT NULL,
    impact text NULL,
    retry text NULL,
    path text NULL,
    command text NULL,
    since timestamptz NOT NULL,
    opened_at timestamptz NOT NULL,
    notified_at timestamptz NULL,
    acknowledged_at timestamptz NULL,
    acknowledged_by text NULL,
    resolved_at timestamptz NULL
);

CREATE UNIQUE INDEX clutch_alert_one_live ON clutch_alert (fingerprint) WHERE state <> 'Resolved';
CREATE INDEX clutch_alert_by_state ON clutch_alert (state, id);
CREATE INDEX clutch_alert_by_rule ON clutch_alert (rule, id);
CREATE INDEX clutch_alert_by_job ON clutch_alert (job_name, id);
CREATE INDEX clutch_alert_by_resolution ON clutch_alert (resolved_at) WHERE resolved_at IS NOT NULL;

CREATE TABLE clutch_alert_silence (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT clutch_alert_silence_pk PRIMARY KEY,
    rule text NULL,
    job_name text NULL,
    alert_id bigint NULL,
    author text NOT NULL,
    reason text NOT NULL,
    created_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL
);

CREATE INDEX clutch_alert_silence_by_end ON clutch_alert_silence (ends_at);

-- What only one process at a time does.
CREATE TABLE clutch_server_lease (
    name text NOT NULL CONSTRAINT clutch_server_lease_pk PRIMARY KEY,
    owner text NOT NULL,
    expires_at timestamptz NOT NULL
);
