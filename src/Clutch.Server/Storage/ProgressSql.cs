namespace Clutch.Server.Storage;

/// <summary>How far executions are, as every store tells it.</summary>
internal static class ProgressSql
{
    // Where a step or partition began that goes on after an earlier attempt; one that had completed begins anew.
    private const string FractionBefore = """
        SELECT CASE WHEN earlier.status = 'Completed' THEN NULL ELSE earlier.fraction END
        FROM clutch_step_execution AS earlier
        WHERE earlier.instance_id = step.instance_id AND earlier.step_name = step.step_name AND earlier.id < step.id
        """;

    /// <summary>Two rows at most for a step of an execution in <c>watched</c>: the step's own, and its partitions added up, however many they are.</summary>
    public const string OfWatched = $"""
        SELECT
            job.id, job.job_name, job.status, job.exit_code, job.started_at, job.ended_at, job.failure_type, job.failure_message,
            step.step_name, step.is_partition, step.total_count, step.waiting_count, step.running_count, step.completed_count, step.failed_count, step.last_status,
            step.read_count, step.written_count, step.filtered_count, step.read_skip_count, step.process_skip_count, step.write_skip_count,
            step.commit_count, step.rollback_count, step.retry_count, step.fraction, step.started_at, step.ended_at, step.start_fraction
        FROM clutch_job_execution AS job
        LEFT JOIN (
            SELECT
                job_execution_id, step_name, CASE WHEN partition_name IS NULL THEN 0 ELSE 1 END AS is_partition,
                count(*) AS total_count,
                count(*) FILTER (WHERE status = 'Starting') AS waiting_count,
                count(*) FILTER (WHERE status IN ('Started', 'Stopping')) AS running_count,
                count(*) FILTER (WHERE status = 'Completed') AS completed_count,
                count(*) FILTER (WHERE status = 'Failed') AS failed_count,
                max(status) AS last_status,
                CAST(sum(read_count) AS bigint) AS read_count, CAST(sum(written_count) AS bigint) AS written_count,
                CAST(sum(filtered_count) AS bigint) AS filtered_count, CAST(sum(read_skip_count) AS bigint) AS read_skip_count,
                CAST(sum(process_skip_count) AS bigint) AS process_skip_count, CAST(sum(write_skip_count) AS bigint) AS write_skip_count,
                CAST(sum(commit_count) AS bigint) AS commit_count, CAST(sum(rollback_count) AS bigint) AS rollback_count,
                CAST(sum(retry_count) AS bigint) AS retry_count,
                sum(CASE WHEN status = 'Completed' THEN 1 ELSE coalesce(fraction, start_fraction) END) AS fraction, sum(start_fraction) AS start_fraction,
                min(started_at) AS started_at, max(ended_at) AS ended_at, min(id) AS first_id
            FROM (
                SELECT
                    *,
                    CASE
                        WHEN start_count = 1 THEN NULL
                        WHEN partition_name IS NULL THEN ({FractionBefore} AND earlier.partition_name IS NULL ORDER BY earlier.id DESC LIMIT 1)
                        ELSE ({FractionBefore} AND earlier.partition_name = step.partition_name ORDER BY earlier.id DESC LIMIT 1)
                    END AS start_fraction
                FROM clutch_step_execution AS step
                WHERE job_execution_id IN (SELECT id FROM watched)) AS begun
            GROUP BY job_execution_id, step_name, CASE WHEN partition_name IS NULL THEN 0 ELSE 1 END) AS step ON step.job_execution_id = job.id
        WHERE job.id IN (SELECT id FROM watched)
        ORDER BY job.id, step.first_id
        """;
}
