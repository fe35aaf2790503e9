using Clutch.Relational.Jobs;

namespace Clutch.PostgreSql.Jobs;

/// <summary>What the owner of an execution reports. Rows are locked in one order, job before step, so that nobody waits in a circle.</summary>
internal static class OwnerSql
{
    // A step that is locked is just committing, which renews it anyway.
    public const string RenewLease = """
        WITH job AS (
            UPDATE clutch_job_execution
            SET lease_expires_at = clock_timestamp() + @lease
            WHERE id = @job_execution_id AND fence = @job_fence AND status IN ('Starting', 'Started', 'Stopping')
            RETURNING id, status),
        steps AS (
            UPDATE clutch_step_execution
            SET lease_expires_at = clock_timestamp() + @lease, updated_at = clock_timestamp()
            WHERE id IN (
                SELECT id
                FROM clutch_step_execution
                WHERE job_execution_id = (SELECT id FROM job)
                    AND status IN ('Started', 'Stopping')
                    AND ((partition_name IS NULL AND node = @node) OR (id, fence) IN (SELECT * FROM unnest(@ids, @fences)))
                FOR NO KEY UPDATE SKIP LOCKED))
        SELECT status FROM job
        """;

    // The share lock makes recovery wait, so that it sees this step and ends it too.
    public const string StartStep = $"""
        WITH job AS (
            SELECT id
            FROM clutch_job_execution
            WHERE id = @job_execution_id AND fence = @job_fence AND status IN ('Starting', 'Started', 'Stopping')
            FOR SHARE)
        INSERT INTO clutch_step_execution (
            job_execution_id, instance_id, step_name, status, start_count, has_checkpoint, checkpoint_in, checkpoint_out, fraction, context,
            node, fence, lease_expires_at, started_at, updated_at)
        SELECT
            job.id, @instance_id, @step_name, 'Started', @start_count, @has_checkpoint, @checkpoint_in, @checkpoint_out, @fraction, @context,
            @node, 1, clock_timestamp() + @lease, clock_timestamp(), clock_timestamp()
        FROM job
        RETURNING {StepExecutionRow.Columns}
        """;

    // The job is locked only where its context is written: the partitions of one job would end one after the other, each waiting for the commit before it.
    public const string EndStep = """
        WITH locked AS (
            SELECT id, status
            FROM clutch_job_execution
            WHERE @job_context::text IS NOT NULL AND id = (SELECT job_execution_id FROM clutch_step_execution WHERE id = @id)
            FOR NO KEY UPDATE),
        job AS (
            SELECT id, status
            FROM locked
            UNION ALL
            SELECT id, status
            FROM clutch_job_execution
            WHERE @job_context::text IS NULL AND id = (SELECT job_execution_id FROM clutch_step_execution WHERE id = @id)),
        ended AS (
            UPDATE clutch_step_execution AS step
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
                context = coalesce(@context::text, step.context),
                updated_at = clock_timestamp(),
                ended_at = clock_timestamp(),
                failure_type = @failure_type,
                failure_message = @failure_message,
                failure_details = @failure_details
            FROM job
            WHERE step.id = @id AND step.fence = @fence AND step.status IN ('Starting', 'Started', 'Stopping')
            RETURNING job.id, job.status),
        kept AS (
            UPDATE clutch_job_execution
            SET context = @job_context::text
            WHERE id = (SELECT id FROM ended) AND @job_context::text IS NOT NULL)
        SELECT status FROM ended
        """;

    public const string EndJob = """
        WITH job AS (
            UPDATE clutch_job_execution
            SET status = @status,
                exit_code = @exit_code,
                ended_at = clock_timestamp(),
                failure_type = @failure_type,
                failure_message = @failure_message,
                failure_details = @failure_details,
                context = coalesce(@context::text, context),
                restart_at = @restart_at
            WHERE id = @job_execution_id AND fence = @job_fence AND status IN ('Starting', 'Started', 'Stopping')
            RETURNING id, status),
        steps AS (
            UPDATE clutch_step_execution
            SET status = @step_status,
                exit_code = @step_status,
                fence = fence + 1,
                updated_at = clock_timestamp(),
                ended_at = clock_timestamp(),
                failure_type = @failure_type,
                failure_message = @failure_message,
                failure_details = @failure_details
            WHERE job_execution_id = (SELECT id FROM job) AND status IN ('Starting', 'Started', 'Stopping'))
        SELECT status FROM job
        """;

    public const string RequestStop = """
        UPDATE clutch_job_execution
        SET status = 'Stopping'
        WHERE id = @id AND status IN ('Starting', 'Started');

        SELECT status FROM clutch_job_execution WHERE id = @id
        """;

    // The update that changes nothing makes launches of the instance wait, and waits for them.
    public const string Abandon = $"""
        UPDATE clutch_job_instance
        SET job_name = job_name
        WHERE id = (SELECT instance_id FROM clutch_job_execution WHERE id = @id);

        UPDATE clutch_job_execution
        SET status = 'Abandoned'
        WHERE id = @id AND status IN ('Stopped', 'Failed') AND NOT {HasLater};

        SELECT CASE WHEN {HasLater} THEN 'Superseded' ELSE status END
        FROM clutch_job_execution
        WHERE id = @id
        """;

    public const string ActiveNodes = """
        SELECT node FROM clutch_job_execution WHERE status IN ('Starting', 'Started', 'Stopping')
        UNION
        SELECT node FROM clutch_step_execution WHERE status IN ('Started', 'Stopping') AND node IS NOT NULL
        ORDER BY node
        """;

    private const string HasLater = """
        EXISTS (
                SELECT 1
                FROM clutch_job_execution AS later
                WHERE later.instance_id = clutch_job_execution.instance_id AND later.id > clutch_job_execution.id)
        """;
}
