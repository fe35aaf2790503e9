-- Instants are milliseconds since 1970-01-01 (UTC).
-- Keys of programs: a key is clutch_{id}_{secret}, and only a hash of the secret is kept.
CREATE TABLE clutch_api_key (
    id TEXT NOT NULL CONSTRAINT clutch_api_key_pk PRIMARY KEY,
    name TEXT NOT NULL CONSTRAINT clutch_api_key_name UNIQUE,
    role TEXT NOT NULL CONSTRAINT clutch_api_key_role CHECK (role IN ('Viewer', 'Operator')),
    secret_hash TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER NULL
) STRICT;

CREATE TABLE clutch_user (
    name TEXT NOT NULL CONSTRAINT clutch_user_pk PRIMARY KEY,
    role TEXT NOT NULL CONSTRAINT clutch_user_role CHECK (role IN ('Viewer', 'Operator')),
    password_hash TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- A session is found by a hash of its cookie: who reads the table cannot sign in with it.
CREATE TABLE clutch_session (
    id_hash TEXT NOT NULL CONSTRAINT clutch_session_pk PRIMARY KEY,
    user_name TEXT NOT NULL CONSTRAINT clutch_session_user REFERENCES clutch_user (name) ON DELETE CASCADE,
    csrf_token TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX clutch_session_by_expiry ON clutch_session (expires_at);
CREATE INDEX clutch_session_by_user ON clutch_session (user_name);

CREATE TABLE clutch_audit (
    id INTEGER NOT NULL CONSTRAINT clutch_audit_pk PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    reason TEXT NULL,
    state_before TEXT NULL,
    state_after TEXT NULL,
    outcome TEXT NOT NULL CONSTRAINT clutch_audit_outcome CHECK (outcome IN ('Begun', 'Done', 'Refused', 'Failed'))
) STRICT;

CREATE INDEX clutch_audit_by_target ON clutch_audit (target, id);
CREATE INDEX clutch_audit_by_actor ON clutch_audit (actor, id);
CREATE INDEX clutch_audit_by_action ON clutch_audit (action, id);
CREATE INDEX clutch_audit_by_time ON clutch_audit (at);

-- Processes that serve: each writes its row again and again.
CREATE TABLE clutch_node (
    name TEXT NOT NULL CONSTRAINT clutch_node_pk PRIMARY KEY,
    state TEXT NOT NULL CONSTRAINT clutch_node_state CHECK (state IN ('Live', 'Draining', 'Stopped')),
    started_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    running_count INTEGER NOT NULL,
    max_running INTEGER NULL,
    version TEXT NULL,
    memory_bytes INTEGER NOT NULL,
    cpu_cores REAL NOT NULL,
    jobs TEXT NOT NULL
) STRICT;
