namespace Clutch.Server.Storage;

/// <summary>The server's statements for PostgreSQL.</summary>
internal static class PostgreSqlServerSql
{
    public static ServerSql Statements { get; } = new()
    {
        LiveProgress = $"""
            WITH watched AS (
                SELECT unnest(@ids) AS id
                UNION
                SELECT id FROM clutch_job_execution WHERE status IN ('Starting', 'Started', 'Stopping'))
            {ProgressSql.OfWatched}
            """,
        Progress = $"""
            WITH watched AS (
                SELECT unnest(@ids) AS id)
            {ProgressSql.OfWatched}
            """,
        // BETWEEN and the job's name in the order: with an equality the planner walks the primary key backwards and throws away what other jobs ran, the whole history for a job that never did.
        LatestRuns = $"""
            SELECT
                execution.job_name, execution.id, execution.status, execution.started_at, execution.ended_at, steps.read_count, steps.written_count, steps.skip_count
            FROM unnest(@jobs) AS job (name)
            CROSS JOIN LATERAL (
                SELECT * FROM clutch_job_execution WHERE job_name BETWEEN job.name AND job.name ORDER BY job_name DESC, id DESC LIMIT @runs) AS execution
            CROSS JOIN LATERAL (
                SELECT
                    CAST(coalesce(sum(read_count), 0) AS bigint) AS read_count, CAST(coalesce(sum(written_count), 0) AS bigint) AS written_count,
                    CAST(coalesce(sum(skip_count), 0) AS bigint) AS skip_count
                FROM (
                    {StepSums.Of}
                    FROM clutch_step_execution WHERE job_execution_id = execution.id GROUP BY step_name) AS step) AS steps
            ORDER BY execution.job_name, execution.id DESC
            """,
        Lanes = """
            SELECT execution.job_name, execution.id, execution.status, execution.started_at, execution.ended_at
            FROM unnest(@jobs) AS job (name)
            CROSS JOIN LATERAL (
                SELECT * FROM clutch_job_execution WHERE job_name BETWEEN job.name AND job.name ORDER BY job_name DESC, id DESC LIMIT @runs) AS execution
            WHERE execution.ended_at IS NULL OR execution.ended_at >= @since
            ORDER BY execution.job_name, execution.id DESC
            """,
        Durations = """
            SELECT execution.job_name, CAST(extract(epoch FROM execution.ended_at - execution.started_at) AS double precision) AS seconds, execution.ended_at, execution.attempt
            FROM unnest(@jobs) AS job (name)
            CROSS JOIN LATERAL (
                SELECT * FROM clutch_job_execution
                WHERE job_name BETWEEN job.name AND job.name AND status BETWEEN 'Completed' AND 'Completed'
                ORDER BY job_name DESC, status DESC, id DESC
                LIMIT @runs) AS execution
            ORDER BY execution.job_name, execution.id DESC
            """,
        Nodes = """
            SELECT name, state, started_at, seen_at, running_count, max_running, version, memory_bytes, cpu_cores, jobs, seen_at < clock_timestamp() - 3 * interval_ms * interval '1 ms' AS is_late, clock_skew_ms,
                (SELECT count(*) FROM clutch_step_execution AS step WHERE step.status = 'Started' AND step.partition_name IS NOT NULL AND step.node = clutch_process.name) AS partitions
            FROM clutch_process
            ORDER BY started_at DESC, name
            """,
        TakeLease = """
            INSERT INTO clutch_server_lease AS lease (name, owner, expires_at)
            VALUES (@name, @owner, clock_timestamp() + @lease)
            ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, expires_at = excluded.expires_at
            WHERE lease.owner = excluded.owner OR lease.expires_at < clock_timestamp()
            RETURNING owner
            """,
        ForgetNodes = "DELETE FROM clutch_process WHERE seen_at < clock_timestamp() - @patience",
    };
}
