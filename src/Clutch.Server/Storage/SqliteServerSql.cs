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
        LatestRuns = """
            SELECT
                execution.job_name, execution.id, execution.status, execution.started_at, execution.ended_at,
                (SELECT CAST(coalesce(sum(read_count), 0) AS bigint) FROM clutch_step_execution WHERE job_execution_id = execution.id AND partition_name IS NULL) AS read_count,
                (SELECT CAST(coalesce(sum(written_count), 0) AS bigint) FROM clutch_step_execution WHERE job_execution_id = execution.id AND partition_name IS NULL) AS written_count,
                (SELECT CAST(coalesce(sum(read_skip_count + process_skip_count + write_skip_count), 0) AS bigint)
                    FROM clutch_step_execution WHERE job_execution_id = execution.id AND partition_name IS NULL) AS skip_count
            FROM json_each(@jobs) AS job
            JOIN clutch_job_execution AS execution ON execution.id IN (
                SELECT id FROM clutch_job_execution WHERE job_name = job.value ORDER BY id DESC LIMIT @runs)
            ORDER BY execution.job_name, execution.id DESC
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
            SELECT execution.job_name, (execution.ended_at - execution.started_at) / 1000.0 AS seconds, execution.ended_at
            FROM json_each(@jobs) AS job
            JOIN clutch_job_execution AS execution ON execution.id IN (
                SELECT id FROM clutch_job_execution WHERE job_name = job.value AND status = 'Completed' ORDER BY id DESC LIMIT @runs)
            ORDER BY execution.job_name, execution.id DESC
            """,
        BeatNode = """
            INSERT INTO clutch_node (name, state, started_at, seen_at, running_count, max_running, version, memory_bytes, cpu_cores, jobs, clock_skew_ms)
            VALUES (@name, @state, @now, @now, @running_count, @max_running, @version, @memory_bytes, @cpu_cores, @jobs, @clock_skew_ms)
            ON CONFLICT (name) DO UPDATE SET
                state = excluded.state,
                seen_at = excluded.seen_at,
                running_count = excluded.running_count,
                max_running = excluded.max_running,
                memory_bytes = excluded.memory_bytes,
                cpu_cores = excluded.cpu_cores,
                jobs = excluded.jobs,
                clock_skew_ms = excluded.clock_skew_ms
            RETURNING seen_at
            """,
        Nodes = """
            SELECT name, state, started_at, seen_at, running_count, max_running, version, memory_bytes, cpu_cores, jobs, seen_at < @now - @patience AS is_late, clock_skew_ms,
                (SELECT count(*) FROM clutch_step_execution AS step WHERE step.status = 'Started' AND step.partition_name IS NOT NULL AND step.node = clutch_node.name) AS partitions
            FROM clutch_node
            ORDER BY started_at DESC, name
            """,
        TakeLease = """
            INSERT INTO clutch_server_lease AS lease (name, owner, expires_at)
            VALUES (@name, @owner, @now + @lease)
            ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, expires_at = excluded.expires_at
            WHERE lease.owner = excluded.owner OR lease.expires_at < @now
            RETURNING owner
            """,
        ForgetNodes = "DELETE FROM clutch_node WHERE seen_at < @now - @patience",
    };
}
