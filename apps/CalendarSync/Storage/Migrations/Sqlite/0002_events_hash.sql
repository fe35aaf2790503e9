-- Stands for all events of a feed, in any order: bodies that differ in nothing that counts are known by it, and no event is read.
ALTER TABLE calendar_feed ADD COLUMN events_hash BLOB NULL;
