using Clutch.Relational.Jobs;

namespace Clutch.Sqlite.Jobs;

/// <summary>Partitions: created in bulk, handed out one by one.</summary>
internal static class PartitionSql
{
    public const string CreatePartitions = """
        INSERT INTO clutch_step_execution (
            job_execution_id, instance_id, step_name, partition_name, partition_data, status, start_count, has_checkpoint, checkpoint_in, checkpoint_out,
            context, fence)
        SELECT
            job.id, @instance_id, @step_name, part.value ->> 'name', part.value ->> 'data', 'Starting', part.value ->> 'start_count',
            part.value ->> 'has_checkpoint', part.value ->> 'checkpoint_in', part.value ->> 'checkpoint_out', part.value ->> 'context', 0
        FROM clutch_job_execution AS job
        CROSS JOIN json_each(@partitions) AS part
        WHERE job.id = @job_execution_id AND job.fence = @job_fence AND job.status IN ('Starting', 'Started', 'Stopping')
        ORDER BY part.key;

        SELECT status
        FROM clutch_job_execution
        WHERE id = @job_execution_id AND fence = @job_fence AND status IN ('Starting', 'Started', 'Stopping')
        """;

    public const string ClaimPartition = $"""
        UPDATE clutch_step_execution
        SET status = 'Started',
            node = @node,
            fence = fence + 1,
            lease_expires_at = @now + @lease,
            started_at = coalesce(started_at, @now),
            updated_at = @now
        WHERE id = (
            SELECT step.id
            FROM clutch_step_execution AS step
            JOIN clutch_job_execution AS job ON job.id = step.job_execution_id AND job.status IN ('Starting', 'Started')
            WHERE step.job_execution_id = @job_execution_id
                AND step.step_name = @step_name
                AND step.partition_name IS NOT NULL
                AND step.status IN ('Starting', 'Started', 'Stopping')
                AND (step.status = 'Starting' OR step.lease_expires_at < @now)
            ORDER BY step.id
            LIMIT 1)
        RETURNING {StepExecutionRow.Columns}
        """;
}
