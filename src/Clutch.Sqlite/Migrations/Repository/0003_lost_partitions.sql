-- How many nodes in a row died with a partition before a chunk of it was committed: after three it is not handed out any more.
ALTER TABLE clutch_step_execution ADD COLUMN lost_count INTEGER NOT NULL DEFAULT 0;
