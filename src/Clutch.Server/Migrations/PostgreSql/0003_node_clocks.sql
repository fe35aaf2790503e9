-- How far the clock of a node is ahead of the database's; null where it has not been measured yet.
ALTER TABLE clutch_node ADD COLUMN clock_skew_ms bigint NULL;
