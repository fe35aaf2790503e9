-- Processes without a web server give signs of life, too: they lie with the job repository (clutch_process).
DROP TABLE clutch_node;

-- When what the lease is for was last done whole.
ALTER TABLE clutch_server_lease ADD COLUMN done_at INTEGER NULL;
