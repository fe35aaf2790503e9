using Clutch.Relational.Jobs;

namespace Clutch.PostgreSql.Jobs;

/// <summary>Launches and recoveries.</summary>
internal static class LaunchSql
{
    // The update that changes nothing locks the row: launches of one instance wait here for each other.
    public const string EnterInstance = $"""
        INSERT INTO clutch_job_instance (job_name, instance_key, created_at)
        VALUES (@job_name, @instance_key, clock_timestamp())
        ON CONFLICT (job_name, instance_key) DO UPDATE SET job_name = excluded.job_name
        RETURNING id;

        SELECT {JobExecutionRow.Columns}, {IsExpired} AS expired
        FROM clutch_job_execution
        WHERE instance_id = (SELECT id FROM clutch_job_instance WHERE job_name = @job_name AND instance_key = @instance_key)
        ORDER BY id DESC
        LIMIT 1
        """;

    public const string EnterInstanceOf = $"""
        SELECT id
        FROM clutch_job_instance
        WHERE id = (SELECT instance_id FROM clutch_job_execution WHERE id = @restart_of)
        FOR NO KEY UPDATE;

        SELECT {JobExecutionRow.Columns}, {IsExpired} AS expired
        FROM clutch_job_execution
        WHERE instance_id = (SELECT instance_id FROM clutch_job_execution WHERE id = @restart_of)
        ORDER BY id DESC
        LIMIT 1
        """;

    public const string CountRunning = """
        SELECT pg_advisory_xact_lock(hashtextextended('clutch_job ' || @job_name, 7164230249984057197));  -- 'clutch_m' as a number

        SELECT count(*) AS running_count
        FROM clutch_job_execution
        WHERE job_name = @job_name AND status IN ('Starting', 'Started', 'Stopping')
        """;

    public const string InsertExecution = $"""
        INSERT INTO clutch_job_execution (
            instance_id, job_name, attempt, status, parameters, node, fence, lease_expires_at, started_at, context, restart_at)
        VALUES (
            @instance_id, @job_name, @attempt, 'Started', @parameters, @node, 1, clock_timestamp() + @lease, clock_timestamp(), @context, @restart_at)
        RETURNING {JobExecutionRow.Columns}
        """;

    public const string ExpireExecution = $"""
        UPDATE clutch_job_execution
        SET {SetExpired}
        WHERE id = @id AND status IN ('Starting', 'Started', 'Stopping')
        RETURNING {JobExecutionRow.Columns}
        """;

    // A row that is locked is being renewed or ended by its owner: it lives.
    public const string ExpireExecutions = $"""
        UPDATE clutch_job_execution
        SET {SetExpired}
        WHERE id IN (
            SELECT id
            FROM clutch_job_execution
            WHERE status IN ('Starting', 'Started', 'Stopping') AND (node = ANY (@dead_nodes) OR {IsExpired}) AND id <> ALL (@at_work)
            ORDER BY id
            FOR NO KEY UPDATE SKIP LOCKED)
        RETURNING {JobExecutionRow.Columns}
        """;

    public const string ExpireSteps = """
        UPDATE clutch_step_execution AS step
        SET status = job.status,
            exit_code = job.exit_code,
            fence = step.fence + 1,
            updated_at = clock_timestamp(),
            ended_at = clock_timestamp(),
            failure_type = job.failure_type,
            failure_message = job.failure_message
        FROM clutch_job_execution AS job
        WHERE job.id = step.job_execution_id
            AND step.job_execution_id = ANY (@ids)
            AND step.status IN ('Starting', 'Started', 'Stopping')
        """;

    // Chunk commits renew only their step, so that partitions never queue for the job's row: a step that lives keeps its job alive.
    private const string IsExpired = """
        (status IN ('Starting', 'Started', 'Stopping')
            AND lease_expires_at < clock_timestamp()
            AND NOT EXISTS (
                SELECT 1
                FROM clutch_step_execution AS step
                WHERE step.job_execution_id = clutch_job_execution.id
                    AND step.node = clutch_job_execution.node
                    AND step.status IN ('Started', 'Stopping')
                    AND step.lease_expires_at >= clock_timestamp()))
        """;

    private const string SetExpired = """
        status = CASE WHEN status = 'Stopping' THEN 'Stopped' ELSE 'Failed' END,
            exit_code = CASE WHEN status = 'Stopping' THEN 'Stopped' ELSE 'Failed' END,
            fence = fence + 1,
            ended_at = clock_timestamp(),
            failure_type = 'LeaseExpired',
            failure_message = 'lease expired on node ' || node
        """;

    // Launches take the same lock first, as steps are locked after it by both.
    public const string HoldInstance = """
        SELECT id
        FROM clutch_job_instance
        WHERE id = @instance_id
        FOR NO KEY UPDATE
        """;
}
