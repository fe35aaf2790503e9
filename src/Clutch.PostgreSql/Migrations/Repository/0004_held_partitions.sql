-- Partitions that some node runs, apart from the many that wait: workers look each second for those whose lease has expired.
-- No column of it changes with a chunk.
CREATE INDEX clutch_step_execution_held ON clutch_step_execution (job_execution_id, step_name, id)
    WHERE status = 'Started' AND partition_name IS NOT NULL;
