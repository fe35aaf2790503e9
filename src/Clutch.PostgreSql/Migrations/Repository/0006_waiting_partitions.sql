-- Partitions that wait, by the node that ran them last and those that nobody ran first: a claim finds its own without reading the others.
-- No column of it changes with a chunk.
CREATE INDEX clutch_step_execution_waiting ON clutch_step_execution (job_execution_id, step_name, node NULLS FIRST, id)
    WHERE status = 'Starting' AND partition_name IS NOT NULL;
