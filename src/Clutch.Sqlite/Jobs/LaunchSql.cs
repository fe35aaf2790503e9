using Clutch.Relational.Jobs;

namespace Clutch.Sqlite.Jobs;

/// <summary>Launches and recoveries.</summary>
internal static class LaunchSql
{
    // One writer at a time: launches of one instance wait for each other at BEGIN IMMEDIATE.
    public const string EnterInstance = $"""
        INSERT INTO clutch_job_instance (job_name, instance_key, created_at)
        VALUES (@job_name, @instance_key, @now)
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
        WHERE id = (SELECT instance_id FROM clutch_job_execution WHERE id = @restart_of);

        SELECT {JobExecutionRow.Columns}, {IsExpired} AS expired
        FROM clutch_job_execution
        WHERE instance_id = (SELECT instance_id FROM clutch_job_execution WHERE id = @restart_of)
        ORDER BY id DESC
        LIMIT 1
        """;

    public const string CountRunning = """
        SELECT count(*) AS running_count
        FROM clutch_job_execution
        WHERE job_name = @job_name AND status IN ('Starting', 'Started', 'Stopping')
        """;

    public const string InsertExecution = $"""
        INSERT INTO clutch_job_execution (
            instance_id, job_name, attempt, status, parameters, node, fence, lease_expires_at, started_at, context, restart_at)
        VALUES (
            @instance_id, @job_name, @attempt, 'Started', @parameters, @node, 1, @now + @lease, @now, @context, @restart_at)
        RETURNING {JobExecutionRow.Columns}
        """;

    public const string ExpireExecution = $"""
        UPDATE clutch_job_execution
        SET {SetExpired}
        WHERE id = @id AND status IN ('Starting', 'Started', 'Stopping')
        RETURNING {JobExecutionRow.Columns}
        """;

    public const string ExpireExecutions = $"""
        UPDATE clutch_job_execution
        SET {SetExpired}
        WHERE id IN (
            SELECT id
            FROM clutch_job_execution
            WHERE status IN ('Starting', 'Started', 'Stopping')
                AND (node IN (SELECT value FROM json_each(@dead_nodes)) OR {IsExpired})
                AND id NOT IN (SELECT value FROM json_each(@at_work)))
        RETURNING {JobExecutionRow.Columns}
        """;

    public const string ExpireSteps = """
        UPDATE clutch_step_execution AS step
        SET status = job.status,
            exit_code = job.exit_code,
            fence = step.fence + 1,
            updated_at = @now,
            ended_at = @now,
            failure_type = job.failure_type,
            failure_message = job.failure_message
        FROM clutch_job_execution AS job
        WHERE job.id = step.job_execution_id
            AND step.job_execution_id IN (SELECT value FROM json_each(@ids))
            AND step.status IN ('Starting', 'Started', 'Stopping')
        """;

    // Chunk commits renew only their step, so that partitions never queue for the job's row: a step that lives keeps its job alive.
    private const string IsExpired = """
        (status IN ('Starting', 'Started', 'Stopping')
            AND lease_expires_at < @now
            AND NOT EXISTS (
                SELECT 1
                FROM clutch_step_execution AS step
                WHERE step.job_execution_id = clutch_job_execution.id
                    AND step.node = clutch_job_execution.node
                    AND step.status IN ('Starting', 'Started', 'Stopping')
                    AND step.lease_expires_at >= @now))
        """;

    private const string SetExpired = """
        status = CASE WHEN status = 'Stopping' THEN 'Stopped' ELSE 'Failed' END,
            exit_code = CASE WHEN status = 'Stopping' THEN 'Stopped' ELSE 'Failed' END,
            fence = fence + 1,
            ended_at = @now,
            failure_type = 'LeaseExpired',
            failure_message = 'lease expired on node ' || node
        """;
}
