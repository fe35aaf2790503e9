-- A calendar that is missing for days is told otherwise than one whose server fails in other ways.
ALTER TABLE calendar_feed ADD COLUMN missing_since timestamptz NULL;
-- What nobody reads at the moment is not due: it stood at the head of the index of due feeds, and every look passed over it.
UPDATE calendar_feed SET next_due_at = NULL
WHERE next_due_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM calendar_subscription AS reader WHERE reader.feed_id = calendar_feed.id AND NOT reader.is_paused);
