-- Partitions that wait, by the node that ran them last and those that nobody ran first: a claim finds its own without reading the others.
-- No column of it changes with a chunk. Once many were claimed, statistics say that this index has few rows in many pages; the planner would then rather read and sort
-- all that wait by another index, at each claim. The sum, and the index below without those that wait, leave it no other.
CREATE INDEX clutch_step_execution_waiting ON clutch_step_execution ((job_execution_id + 0), step_name, node NULLS FIRST, id)
    WHERE status = 'Starting' AND partition_name IS NOT NULL;

DROP INDEX clutch_step_execution_running;
CREATE INDEX clutch_step_execution_running ON clutch_step_execution (job_execution_id, step_name, id)
    WHERE status IN ('Started', 'Stopping');
