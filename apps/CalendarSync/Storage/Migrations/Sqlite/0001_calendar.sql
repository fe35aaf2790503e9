-- Instants are milliseconds since 1970-01-01 (UTC).
CREATE TABLE calendar_user (
    id INTEGER NOT NULL CONSTRAINT calendar_user_pk PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL CONSTRAINT calendar_user_name UNIQUE,
    time_zone TEXT NOT NULL,
    is_admin INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL
) STRICT;

-- A secret is 32 random bytes; only its SHA-256 lies here. A session is what a browser holds instead of the token.
CREATE TABLE calendar_credential (
    id INTEGER NOT NULL CONSTRAINT calendar_credential_pk PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL CONSTRAINT calendar_credential_user REFERENCES calendar_user (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CONSTRAINT calendar_credential_kind CHECK (kind IN ('token', 'session')),
    secret_hash BLOB NOT NULL CONSTRAINT calendar_credential_secret UNIQUE,
    label TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NULL
) STRICT;
CREATE INDEX calendar_credential_by_user ON calendar_credential (user_id);

-- A user's own events. Times lie as wall-clock TEXT and zone; the instants follow from them and from the zone data of start-up.
CREATE TABLE calendar_event (
    id INTEGER NOT NULL CONSTRAINT calendar_event_pk PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL CONSTRAINT calendar_event_user REFERENCES calendar_user (id) ON DELETE CASCADE,
    uid TEXT NOT NULL,
    title TEXT NOT NULL,
    description TEXT NULL,
    location TEXT NULL,
    color TEXT NULL,
    is_all_day INTEGER NOT NULL,
    start_local TEXT NOT NULL,
    end_local TEXT NOT NULL,
    time_zone TEXT NULL,
    start_utc INTEGER NULL,
    end_utc INTEGER NULL,
    rule TEXT NULL,
    excluded TEXT NULL,
    is_busy INTEGER NOT NULL DEFAULT 1,
    sequence INTEGER NOT NULL DEFAULT 0,
    window_from INTEGER NOT NULL,
    window_to INTEGER NOT NULL,
    zone_data TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT calendar_event_uid UNIQUE (user_id, uid)
) STRICT;
CREATE INDEX calendar_event_by_window ON calendar_event (user_id, window_to, window_from);

-- One external calendar, fetched once however many users subscribe to it.
CREATE TABLE calendar_feed (
    id INTEGER NOT NULL CONSTRAINT calendar_feed_pk PRIMARY KEY AUTOINCREMENT,
    url_key TEXT NOT NULL CONSTRAINT calendar_feed_url_key UNIQUE,
    url TEXT NOT NULL,
    host TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'new' CONSTRAINT calendar_feed_state
        CHECK (state IN ('new', 'ok', 'partial', 'suspicious', 'failing', 'auth', 'blocked', 'gone')),
    revision INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    next_due_at INTEGER NULL,
    requested_at INTEGER NULL,
    interval_seconds INTEGER NOT NULL DEFAULT 21600,
    hint_seconds INTEGER NULL,
    checked_at INTEGER NULL,
    succeeded_at INTEGER NULL,
    changed_at INTEGER NULL,
    failing_since INTEGER NULL,
    failure_count INTEGER NOT NULL DEFAULT 0,
    unchanged_count INTEGER NOT NULL DEFAULT 0,
    etag TEXT NULL,
    last_modified TEXT NULL,
    validators_url TEXT NULL,
    reader_version TEXT NULL,
    body_hash BLOB NULL,
    suspicious_count INTEGER NOT NULL DEFAULT 0,
    suspicious_hash BLOB NULL,
    suspicious_at INTEGER NULL,
    display_name TEXT NULL,
    custom_zones TEXT NULL,
    event_count INTEGER NOT NULL DEFAULT 0,
    last_outcome TEXT NULL,
    last_error TEXT NULL,
    last_notes TEXT NULL,
    last_body_bytes INTEGER NULL,
    last_inserted INTEGER NOT NULL DEFAULT 0,
    last_updated INTEGER NOT NULL DEFAULT 0,
    last_deleted INTEGER NOT NULL DEFAULT 0,
    last_skipped INTEGER NOT NULL DEFAULT 0,
    last_duration_ms INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX calendar_feed_due ON calendar_feed (next_due_at, id) WHERE next_due_at IS NOT NULL;
CREATE INDEX calendar_feed_by_host ON calendar_feed (host);

-- What a whole host asked for: Retry-After, and the circuit breaker.
CREATE TABLE calendar_host (
    host TEXT NOT NULL CONSTRAINT calendar_host_pk PRIMARY KEY,
    failure_count INTEGER NOT NULL DEFAULT 0,
    blocked_until INTEGER NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE calendar_subscription (
    id INTEGER NOT NULL CONSTRAINT calendar_subscription_pk PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL CONSTRAINT calendar_subscription_user REFERENCES calendar_user (id) ON DELETE CASCADE,
    feed_id INTEGER NOT NULL CONSTRAINT calendar_subscription_feed REFERENCES calendar_feed (id),
    label TEXT NOT NULL,
    color TEXT NOT NULL,
    is_paused INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT calendar_subscription_once UNIQUE (user_id, feed_id)
) STRICT;
CREATE INDEX calendar_subscription_by_feed ON calendar_subscription (feed_id) WHERE NOT is_paused;

-- Events of a feed. "component" is the VEVENT as CalendarWriter writes it; all that people see is read from it.
CREATE TABLE calendar_feed_event (
    id INTEGER NOT NULL CONSTRAINT calendar_feed_event_pk PRIMARY KEY AUTOINCREMENT,
    feed_id INTEGER NOT NULL CONSTRAINT calendar_feed_event_feed REFERENCES calendar_feed (id) ON DELETE CASCADE,
    uid TEXT NOT NULL,
    instance TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    is_all_day INTEGER NOT NULL,
    start_local TEXT NOT NULL,
    end_local TEXT NOT NULL,
    time_zone TEXT NULL,
    start_utc INTEGER NULL,
    end_utc INTEGER NULL,
    is_recurring INTEGER NOT NULL,
    window_from INTEGER NOT NULL,
    window_to INTEGER NOT NULL,
    component TEXT NOT NULL,
    CONSTRAINT calendar_feed_event_key UNIQUE (feed_id, uid, instance)
) STRICT;
CREATE INDEX calendar_feed_event_by_window ON calendar_feed_event (feed_id, window_to, window_from);

-- A secret address under which a user's own events can be read. It is dirty while rendered_version < wanted_version.
CREATE TABLE calendar_export_feed (
    id INTEGER NOT NULL CONSTRAINT calendar_export_feed_pk PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL CONSTRAINT calendar_export_feed_user REFERENCES calendar_user (id) ON DELETE CASCADE,
    label TEXT NOT NULL,
    token_hash BLOB NOT NULL CONSTRAINT calendar_export_feed_token UNIQUE,
    wanted_version INTEGER NOT NULL DEFAULT 1,
    rendered_version INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    rotated_at INTEGER NULL
) STRICT;
CREATE INDEX calendar_export_feed_by_user ON calendar_export_feed (user_id);
CREATE INDEX calendar_export_feed_dirty ON calendar_export_feed (id) WHERE rendered_version < wanted_version;

-- The rendered bytes lie apart, so that a change of an event does not copy them.
CREATE TABLE calendar_export_content (
    export_feed_id INTEGER NOT NULL CONSTRAINT calendar_export_content_pk PRIMARY KEY
        CONSTRAINT calendar_export_content_feed REFERENCES calendar_export_feed (id) ON DELETE CASCADE,
    body BLOB NOT NULL,
    body_gzip BLOB NOT NULL,
    etag TEXT NOT NULL,
    last_modified INTEGER NOT NULL,
    event_count INTEGER NOT NULL
) STRICT;
