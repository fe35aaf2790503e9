using Clutch.Relational.Jobs;

namespace Clutch.Sqlite.Jobs;

/// <summary>What the owner of an execution reports.</summary>
internal static class OwnerSql
{
    public const string RenewLease = """
        UPDATE clutch_step_execution
        SET lease_expires_at = @now + @lease, updated_at = @now
        WHERE job_execution_id = @job_execution_id
            AND status IN ('Started', 'Stopping')
            AND (
                (partition_name IS NULL AND node = @node)
                OR (id, fence) IN (SELECT held.value, fence.value FROM json_each(@ids) AS held JOIN json_each(@fences) AS fence ON fence.key = held.key))
            AND EXISTS (
                SELECT 1
                FROM clutch_job_execution
                WHERE id = @job_execution_id AND fence = @job_fence AND status IN ('Starting', 'Started', 'Stopping'));

        UPDATE clutch_job_execution
        SET lease_expires_at = @now + @lease
        WHERE id = @job_execution_id AND fence = @job_fence AND status IN ('Starting', 'Started', 'Stopping')
        RETURNING status
        """;

    public const string StartStep = $"""
        WITH job AS (
            SELECT id
            FROM clutch_job_execution
            WHERE id = @job_execution_id AND fence = @job_fence AND status IN ('Starting', 'Started', 'Stopping'))
        INSERT INTO clutch_step_execution (
            job_execution_id, instance_id, step_name, status, start_count, has_checkpoint, checkpoint_in, checkpoint_out, fraction, context,
            node, fence, lease_expires_at, started_at, updated_at)
        SELECT
            job.id, @instance_id, @step_name, 'Started', @start_count, @has_checkpoint, @checkpoint_in, @checkpoint_out, @fraction, @context,
            @node, 1, @now + @lease, @now, @now
        FROM job
        RETURNING {StepExecutionRow.Columns}
        """;

    public const string EndStep = """
        UPDATE clutch_job_execution
        SET context = @job_context
        WHERE @job_context IS NOT NULL
            AND id = (
                SELECT job_execution_id
                FROM clutch_step_execution
                WHERE id = @id AND fence = @fence AND status IN ('Starting', 'Started', 'Stopping'));

        UPDATE clutch_step_execution
        SET status = @status,
            exit_code = @exit_code,
            read_count = @read_count,
            written_count = @written_count,
            filtered_count = @filtered_count,
            read_skip_count = @read_skip_count,
            process_skip_count = @process_skip_count,
            write_skip_count = @write_skip_count,
            commit_count = @commit_count,
            rollback_count = @rollback_count,
            retry_count = @retry_count,
            uncommitted_read_count = @uncommitted_read_count,
            uncommitted_written_count = @uncommitted_written_count,
            uncommitted_filtered_count = @uncommitted_filtered_count,
            uncommitted_read_skip_count = @uncommitted_read_skip_count,
            uncommitted_process_skip_count = @uncommitted_process_skip_count,
            uncommitted_write_skip_count = @uncommitted_write_skip_count,
            uncommitted_commit_count = @uncommitted_commit_count,
            uncommitted_rollback_count = @uncommitted_rollback_count,
            uncommitted_retry_count = @uncommitted_retry_count,
            context = coalesce(@context, context),
            updated_at = @now,
            ended_at = @now,
            failure_type = @failure_type,
            failure_message = @failure_message,
            failure_details = @failure_details
        WHERE id = @id AND fence = @fence AND status IN ('Starting', 'Started', 'Stopping')
        RETURNING (SELECT job.status FROM clutch_job_execution AS job WHERE job.id = job_execution_id)
        """;

    public const string EndJob = """
        UPDATE clutch_step_execution
        SET status = @step_status,
            exit_code = @step_status,
            fence = fence + 1,
            updated_at = @now,
            ended_at = @now,
            failure_type = @failure_type,
            failure_message = @failure_message,
            failure_details = @failure_details
        WHERE job_execution_id = @job_execution_id
            AND status IN ('Starting', 'Started', 'Stopping')
            AND EXISTS (
                SELECT 1
                FROM clutch_job_execution
                WHERE id = @job_execution_id AND fence = @job_fence AND status IN ('Starting', 'Started', 'Stopping'));

        UPDATE clutch_job_execution
        SET status = @status,
            exit_code = @exit_code,
            ended_at = @now,
            failure_type = @failure_type,
            failure_message = @failure_message,
            failure_details = @failure_details,
            context = coalesce(@context, context),
            restart_at = @restart_at
        WHERE id = @job_execution_id AND fence = @job_fence AND status IN ('Starting', 'Started', 'Stopping')
        RETURNING status
        """;

    public const string RequestStop = """
        UPDATE clutch_job_execution
        SET status = 'Stopping'
        WHERE id = @id AND status IN ('Starting', 'Started');

        SELECT status FROM clutch_job_execution WHERE id = @id
        """;

    public const string Abandon = $"""
        UPDATE clutch_job_execution
        SET status = 'Abandoned'
        WHERE id = @id AND status IN ('Stopped', 'Failed') AND NOT {HasLater};

        SELECT CASE WHEN {HasLater} THEN 'Superseded' ELSE status END
        FROM clutch_job_execution
        WHERE id = @id
        """;

    // The first condition is that of the index, word for word.
    public const string ActiveNodes = """
        SELECT node FROM clutch_job_execution WHERE status IN ('Starting', 'Started', 'Stopping')
        UNION
        SELECT node FROM clutch_step_execution WHERE status IN ('Starting', 'Started', 'Stopping') AND status <> 'Starting' AND node IS NOT NULL
        ORDER BY node
        """;

    private const string HasLater = """
        EXISTS (
                SELECT 1
                FROM clutch_job_execution AS later
                WHERE later.instance_id = clutch_job_execution.instance_id AND later.id > clutch_job_execution.id)
        """;
}
