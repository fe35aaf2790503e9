-- Keys of programs: a key is clutch_{id}_{secret}, and only a hash of the secret is kept.
CREATE TABLE clutch_api_key (
    id text NOT NULL CONSTRAINT clutch_api_key_pk PRIMARY KEY,
    name text NOT NULL CONSTRAINT clutch_api_key_name UNIQUE,
    role text NOT NULL CONSTRAINT clutch_api_key_role CHECK (role IN ('Viewer', 'Operator')),
    secret_hash text NOT NULL,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz NULL
);

CREATE TABLE clutch_user (
    name text NOT NULL CONSTRAINT clutch_user_pk PRIMARY KEY,
    role text NOT NULL CONSTRAINT clutch_user_role CHECK (role IN ('Viewer', 'Operator')),
    password_hash text NOT NULL,
    created_at timestamptz NOT NULL
);

-- A session is found by a hash of its cookie: who reads the table cannot sign in with it.
CREATE TABLE clutch_session (
    id_hash text NOT NULL CONSTRAINT clutch_session_pk PRIMARY KEY,
    user_name text NOT NULL CONSTRAINT clutch_session_user REFERENCES clutch_user (name) ON DELETE CASCADE,
    csrf_token text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);

CREATE INDEX clutch_session_by_expiry ON clutch_session (expires_at);
CREATE INDEX clutch_session_by_user ON clutch_session (user_name);

CREATE TABLE clutch_audit (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT clutch_audit_pk PRIMARY KEY,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    target text NOT NULL,
    reason text NULL,
    state_before text NULL,
    state_after text NULL,
    outcome text NOT NULL CONSTRAINT clutch_audit_outcome CHECK (outcome IN ('Begun', 'Done', 'Refused', 'Failed'))
);

CREATE INDEX clutch_audit_by_target ON clutch_audit (target, id);
CREATE INDEX clutch_audit_by_actor ON clutch_audit (actor, id);
CREATE INDEX clutch_audit_by_action ON clutch_audit (action, id);
CREATE INDEX clutch_audit_by_time ON clutch_audit (at);

-- Processes that serve: each writes its row again and again.
CREATE TABLE clutch_node (
    name text NOT NULL CONSTRAINT clutch_node_pk PRIMARY KEY,
    state text NOT NULL CONSTRAINT clutch_node_state CHECK (state IN ('Live', 'Draining', 'Stopped')),
    started_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    running_count integer NOT NULL,
    max_running integer NULL,
    version text NULL,
    memory_bytes bigint NOT NULL,
    cpu_cores double precision NOT NULL,
    jobs text NOT NULL
) WITH (fillfactor = 50);
