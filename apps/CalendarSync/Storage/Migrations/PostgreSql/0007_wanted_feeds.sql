-- What somebody waits for is found among tens of thousands that are due. No query ever looked for feeds by their host.
CREATE INDEX calendar_feed_wanted ON calendar_feed (next_due_at, id) WHERE next_due_at IS NOT NULL AND (checked_at IS NULL OR requested_at > checked_at);
DROP INDEX calendar_feed_by_host;
