-- Lists of a span of time.
CREATE INDEX clutch_job_execution_by_start ON clutch_job_execution (started_at);
