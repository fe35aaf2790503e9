CREATE TABLE calendar_user (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT calendar_user_pk PRIMARY KEY,
    name text NOT NULL CONSTRAINT calendar_user_name UNIQUE,
    time_zone text NOT NULL,
    is_admin boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL
);

-- A secret is 32 random bytes; only its SHA-256 lies here. A session is what a browser holds instead of the token.
CREATE TABLE calendar_credential (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT calendar_credential_pk PRIMARY KEY,
    user_id bigint NOT NULL CONSTRAINT calendar_credential_user REFERENCES calendar_user (id) ON DELETE CASCADE,
    kind text NOT NULL CONSTRAINT calendar_credential_kind CHECK (kind IN ('token', 'session')),
    secret_hash bytea NOT NULL CONSTRAINT calendar_credential_secret UNIQUE,
    label text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NULL
);
CREATE INDEX calendar_credential_by_user ON calendar_credential (user_id);

-- A user's own events. Times lie as wall-clock text and zone; the instants follow from them and from the zone data of start-up.
CREATE TABLE calendar_event (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT calendar_event_pk PRIMARY KEY,
    user_id bigint NOT NULL CONSTRAINT calendar_event_user REFERENCES calendar_user (id) ON DELETE CASCADE,
    uid text NOT NULL,
    title text NOT NULL,
    description text NULL,
    location text NULL,
    color text NULL,
    is_all_day boolean NOT NULL,
    start_local text NOT NULL,
    end_local text NOT NULL,
    time_zone text NULL,
    start_utc timestamptz NULL,
    end_utc timestamptz NULL,
    rule text NULL,
    excluded text NULL,
    is_busy boolean NOT NULL DEFAULT true,
    sequence integer NOT NULL DEFAULT 0,
    window_from timestamptz NOT NULL,
    window_to timestamptz NOT NULL,
    zone_data text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT calendar_event_uid UNIQUE (user_id, uid)
);
CREATE INDEX calendar_event_by_window ON calendar_event (user_id, window_to, window_from);

-- One external calendar, fetched once however many users subscribe to it.
CREATE TABLE calendar_feed (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT calendar_feed_pk PRIMARY KEY,
    url_key text NOT NULL CONSTRAINT calendar_feed_url_key UNIQUE,
    url text NOT NULL,
    host text NOT NULL,
    state text NOT NULL DEFAULT 'new' CONSTRAINT calendar_feed_state
        CHECK (state IN ('new', 'ok', 'partial', 'suspicious', 'failing', 'auth', 'blocked', 'gone')),
    revision bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    next_due_at timestamptz NULL,
    requested_at timestamptz NULL,
    interval_seconds integer NOT NULL DEFAULT 21600,
    hint_seconds integer NULL,
    checked_at timestamptz NULL,
    succeeded_at timestamptz NULL,
    changed_at timestamptz NULL,
    failing_since timestamptz NULL,
    failure_count integer NOT NULL DEFAULT 0,
    unchanged_count integer NOT NULL DEFAULT 0,
    etag text NULL,
    last_modified text NULL,
    validators_url text NULL,
    reader_version text NULL,
    body_hash bytea NULL,
    suspicious_count integer NOT NULL DEFAULT 0,
    suspicious_hash bytea NULL,
    suspicious_at timestamptz NULL,
    display_name text NULL,
    custom_zones text NULL,
    event_count integer NOT NULL DEFAULT 0,
    last_outcome text NULL,
    last_error text NULL,
    last_notes text NULL,
    last_body_bytes bigint NULL,
    last_inserted integer NOT NULL DEFAULT 0,
    last_updated integer NOT NULL DEFAULT 0,
    last_deleted integer NOT NULL DEFAULT 0,
    last_skipped integer NOT NULL DEFAULT 0,
    last_duration_ms integer NOT NULL DEFAULT 0
) WITH (fillfactor = 70); -- a check updates its row in place
CREATE INDEX calendar_feed_due ON calendar_feed (next_due_at, id) WHERE next_due_at IS NOT NULL;
CREATE INDEX calendar_feed_by_host ON calendar_feed (host);

-- What a whole host asked for: Retry-After, and the circuit breaker.
CREATE TABLE calendar_host (
    host text NOT NULL CONSTRAINT calendar_host_pk PRIMARY KEY,
    failure_count integer NOT NULL DEFAULT 0,
    blocked_until timestamptz NULL,
    updated_at timestamptz NOT NULL
);

CREATE TABLE calendar_subscription (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT calendar_subscription_pk PRIMARY KEY,
    user_id bigint NOT NULL CONSTRAINT calendar_subscription_user REFERENCES calendar_user (id) ON DELETE CASCADE,
    feed_id bigint NOT NULL CONSTRAINT calendar_subscription_feed REFERENCES calendar_feed (id),
    label text NOT NULL,
    color text NOT NULL,
    is_paused boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT calendar_subscription_once UNIQUE (user_id, feed_id)
);
CREATE INDEX calendar_subscription_by_feed ON calendar_subscription (feed_id) WHERE NOT is_paused;

-- Events of a feed. "component" is the VEVENT as CalendarWriter writes it; all that people see is read from it.
CREATE TABLE calendar_feed_event (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT calendar_feed_event_pk PRIMARY KEY,
    feed_id bigint NOT NULL CONSTRAINT calendar_feed_event_feed REFERENCES calendar_feed (id) ON DELETE CASCADE,
    uid text COLLATE "C" NOT NULL,
    instance text COLLATE "C" NOT NULL,
    content_hash text NOT NULL,
    is_all_day boolean NOT NULL,
    start_local text NOT NULL,
    end_local text NOT NULL,
    time_zone text NULL,
    start_utc timestamptz NULL,
    end_utc timestamptz NULL,
    is_recurring boolean NOT NULL,
    window_from timestamptz NOT NULL,
    window_to timestamptz NOT NULL,
    component text NOT NULL,
    CONSTRAINT calendar_feed_event_key UNIQUE (feed_id, uid, instance)
);
CREATE INDEX calendar_feed_event_by_window ON calendar_feed_event (feed_id, window_to, window_from);

-- A secret address under which a user's own events can be read. It is dirty while rendered_version < wanted_version.
CREATE TABLE calendar_export_feed (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT calendar_export_feed_pk PRIMARY KEY,
    user_id bigint NOT NULL CONSTRAINT calendar_export_feed_user REFERENCES calendar_user (id) ON DELETE CASCADE,
    label text NOT NULL,
    token_hash bytea NOT NULL CONSTRAINT calendar_export_feed_token UNIQUE,
    wanted_version bigint NOT NULL DEFAULT 1,
    rendered_version bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    rotated_at timestamptz NULL
);
CREATE INDEX calendar_export_feed_by_user ON calendar_export_feed (user_id);
CREATE INDEX calendar_export_feed_dirty ON calendar_export_feed (id) WHERE rendered_version < wanted_version;

-- The rendered bytes lie apart, so that a change of an event does not copy them.
CREATE TABLE calendar_export_content (
    export_feed_id bigint NOT NULL CONSTRAINT calendar_export_content_pk PRIMARY KEY
        CONSTRAINT calendar_export_content_feed REFERENCES calendar_export_feed (id) ON DELETE CASCADE,
    body bytea NOT NULL,
    body_gzip bytea NOT NULL,
    etag text NOT NULL,
    last_modified timestamptz NOT NULL,
    event_count integer NOT NULL
);
ALTER TABLE calendar_export_content ALTER COLUMN body_gzip SET STORAGE EXTERNAL;
