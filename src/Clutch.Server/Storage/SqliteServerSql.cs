namespace Clutch.Server.Storage;

/// <summary>The server's statements for SQLite.</summary>
internal static class SqliteServerSql
{
    public static ServerSql Statements { get; } = new()
    {
        LiveProgress = $"""
            WITH watched AS (
                SELECT value AS id FROM json_each(@ids)
                UNION
                SELECT id FROM clutch_job_execution WHERE status IN ('Starting', 'Started', 'Stopping'))
            {ProgressSql.OfWatched}
            """,
        Progress = $"""
            WITH watched AS (
                SELECT value AS id FROM json_each(@ids))
            {ProgressSql.OfWatched}
            """,
        LatestRuns = $"""
            WITH run AS (
                SELECT execution.job_name, execution.id, execution.status, execution.started_at, execution.ended_at
                FROM json_each(@jobs) AS job
                JOIN clutch_job_execution AS execution ON execution.id IN (
                    SELECT id FROM clutch_job_execution WHERE job_name = job.value ORDER BY id DESC LIMIT @runs)),
            step AS (
                {StepSums.Of}, job_execution_id
                FROM clutch_step_execution WHERE job_execution_id IN (SELECT id FROM run) GROUP BY job_execution_id, step_name)
            SELECT
                run.job_name, run.id, run.status, run.started_at, run.ended_at,
                coalesce(sum(step.read_count), 0) AS read_count, coalesce(sum(step.written_count), 0) AS written_count, coalesce(sum(step.skip_count), 0) AS skip_count
            FROM run
            LEFT JOIN step ON step.job_execution_id = run.id
            GROUP BY run.job_name, run.id, run.status, run.started_at, run.ended_at
            ORDER BY run.job_name, run.id DESC
            """,
        Lanes = """
            SELECT execution.job_name, execution.id, execution.status, execution.started_at, execution.ended_at
            FROM json_each(@jobs) AS job
            JOIN clutch_job_execution AS execution ON execution.id IN (
                SELECT id FROM clutch_job_execution WHERE job_name = job.value ORDER BY id DESC LIMIT @runs)
            WHERE execution.ended_at IS NULL OR execution.ended_at >= @since
            ORDER BY execution.job_name, execution.id DESC
            """,
        Durations = """
            SELECT execution.job_name, (execution.ended_at - execution.started_at) / 1000.0 AS seconds, execution.ended_at, execution.attempt
            FROM json_each(@jobs) AS job
            JOIN clutch_job_execution AS execution ON execution.id IN (
                SELECT id FROM clutch_job_execution WHERE job_name = job.value AND status = 'Completed' ORDER BY id DESC LIMIT @runs)
            ORDER BY execution.job_name, execution.id DESC
            """,
        Nodes = """
            SELECT name, state, started_at, seen_at, running_count, max_running, version, memory_bytes, cpu_cores, jobs, seen_at < @now - 3 * interval_ms AS is_late, clock_skew_ms,
                (SELECT count(*) FROM clutch_step_execution AS step WHERE step.status = 'Started' AND step.partition_name IS NOT NULL AND step.node = clutch_process.name) AS partitions
            FROM clutch_process
            ORDER BY started_at DESC, name
            """,
        TakeLease = """
            INSERT INTO clutch_server_lease AS lease (name, owner, expires_at)
            VALUES (@name, @owner, @now + @lease)
            ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, expires_at = excluded.expires_at
            WHERE lease.owner = excluded.owner OR lease.expires_at < @now
            RETURNING owner
            """,
        ForgetNodes = "DELETE FROM clutch_process WHERE seen_at < @now - @patience",
    };
}
