-- Notes alone do not make a feed partial, and between two reads only this tells. What is stored does not: such feeds are read anew at their next check,
-- and so are those with long time zones of their own, of which only what defines them is kept.
ALTER TABLE calendar_feed ADD COLUMN is_partial INTEGER NOT NULL DEFAULT 0;
UPDATE calendar_feed SET reader_version = NULL WHERE last_notes IS NOT NULL OR length(custom_zones) > 262144;
