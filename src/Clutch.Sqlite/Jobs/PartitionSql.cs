using Clutch.Relational.Jobs;

namespace Clutch.Sqlite.Jobs;

/// <summary>Partitions: created in bulk, handed out one by one.</summary>
internal static class PartitionSql
{
    // A call whose answer was lost is repeated: then the step's latest row is a partition. A flow that comes back to the step has begun it anew, with a row of its own.
    public const string CreatePartitions = """
        INSERT INTO clutch_step_execution (
            job_execution_id, instance_id, step_name, partition_name, partition_data, status, start_count, has_checkpoint, checkpoint_in, checkpoint_out,
            context, node, fence, lease_expires_at, started_at)
        SELECT
            job.id, @instance_id, @step_name, part.value ->> 'name', part.value ->> 'data', iif(part.value ->> 'is_interrupted', 'Started', 'Starting'), part.value ->> 'start_count',
            part.value ->> 'has_checkpoint', part.value ->> 'checkpoint_in', part.value ->> 'checkpoint_out', part.value ->> 'context', part.value ->> 'node', 0,
            iif(part.value ->> 'is_interrupted', @now - 1, NULL), iif(part.value ->> 'is_interrupted', @now, NULL)
        FROM clutch_job_execution AS job
        CROSS JOIN json_each(@partitions) AS part
        WHERE job.id = @job_execution_id AND job.fence = @job_fence AND job.status IN ('Starting', 'Started', 'Stopping')
            AND (
                SELECT latest.partition_name
                FROM clutch_step_execution AS latest
                WHERE latest.job_execution_id = @job_execution_id AND latest.step_name = @step_name
                ORDER BY latest.id DESC
                LIMIT 1) IS NULL
        ORDER BY part.key;

        SELECT status
        FROM clutch_job_execution
        WHERE id = @job_execution_id AND fence = @job_fence AND status IN ('Starting', 'Started', 'Stopping')
        """;

    // What a dead node left (what this node was at itself first), what this node ran last, what nobody ran (NULL comes first), the rest: a later look-up is made only where those before found nothing.
    // A row with fence 0 was at work in the execution before: no node of this one has died with it.
    public const string ClaimPartition = $"""
        UPDATE clutch_step_execution
        SET status = 'Started',
            node = @node,
            fence = fence + 1,
            lost_count = lost_count + CASE WHEN status = 'Started' AND fence > 0 THEN 1 ELSE 0 END,
            lease_expires_at = @now + @lease,
            started_at = coalesce(started_at, @now),
            updated_at = @now
        WHERE id = (
            SELECT coalesce(
                (
                    SELECT id
                    FROM clutch_step_execution
                    WHERE {IsOfStep} AND status = 'Started' AND lease_expires_at < @now AND lost_count < 2
                    ORDER BY node <> @node, lease_expires_at, id
                    LIMIT 1),
                (
                    SELECT id
                    FROM clutch_step_execution
                    WHERE {IsOfStep} AND status = 'Starting' AND node = @node
                    ORDER BY id
                    LIMIT 1),
                (
                    SELECT id
                    FROM clutch_step_execution
                    WHERE {IsOfStep} AND status = 'Starting'
                    ORDER BY node, id
                    LIMIT 1))
            FROM clutch_job_execution
            WHERE id = @job_execution_id AND status IN ('Starting', 'Started'))
        RETURNING {StepExecutionRow.Columns}
        """;

    // Looks at partitions that run, never at those that wait: workers ask each second.
    public const string TakeOverPartition = $"""
        UPDATE clutch_step_execution
        SET node = @node,
            fence = fence + 1,
            lost_count = lost_count + CASE WHEN fence > 0 THEN 1 ELSE 0 END,
            lease_expires_at = @now + @lease,
            updated_at = @now
        WHERE id = (
            SELECT step.id
            FROM clutch_step_execution AS step
            JOIN clutch_job_execution AS job ON job.id = step.job_execution_id AND job.status IN ('Starting', 'Started')
            WHERE step.job_execution_id = @job_execution_id
                AND step.step_name = @step_name
                AND step.partition_name IS NOT NULL
                AND step.status = 'Started'
                AND step.lease_expires_at < @now
                AND step.lost_count < 2
            ORDER BY step.node <> @node, step.id
            LIMIT 1)
        RETURNING {StepExecutionRow.Columns}
        """;

    public const string RenewPartitions = """
        UPDATE clutch_step_execution
        SET lease_expires_at = @now + @lease, updated_at = @now
        WHERE job_execution_id = @job_execution_id
            AND (id, fence) IN (SELECT held.value, fence.value FROM json_each(@ids) AS held JOIN json_each(@fences) AS fence ON fence.key = held.key)
            AND status IN ('Started', 'Stopping')
            AND EXISTS (SELECT 1 FROM clutch_job_execution WHERE id = @job_execution_id AND status IN ('Starting', 'Started', 'Stopping'));

        SELECT status FROM clutch_job_execution WHERE id = @job_execution_id AND status IN ('Starting', 'Started', 'Stopping')
        """;

    // The node stays: who ran it last is asked first.
    public const string ReleasePartition = """
        UPDATE clutch_step_execution
        SET status = 'Starting', fence = fence + 1, lease_expires_at = NULL, updated_at = @now
        WHERE id = @id AND fence = @fence AND partition_name IS NOT NULL AND status IN ('Started', 'Stopping')
        """;

    // Two statements: what the first ended, the second no longer counts.
    public const string WatchPartitions = """
        UPDATE clutch_step_execution
        SET status = 'Failed',
            exit_code = 'Failed',
            fence = fence + 1,
            updated_at = @now,
            ended_at = @now,
            failure_type = 'Quarantined',
            failure_message = 'three nodes in a row died with it before a chunk was committed; the last was ' || node
        WHERE job_execution_id = @job_execution_id
            AND step_name = @step_name
            AND partition_name IS NOT NULL
            AND status = 'Started'
            AND lease_expires_at < @now
            AND lost_count >= 2;

        SELECT
            count(*) FILTER (WHERE status = 'Starting'),
            count(*) FILTER (WHERE status IN ('Started', 'Stopping'))
        FROM clutch_step_execution
        WHERE job_execution_id = @job_execution_id
            AND step_name = @step_name
            AND partition_name IS NOT NULL
            AND status IN ('Starting', 'Started', 'Stopping')
        """;

    private const string IsOfStep = "job_execution_id = @job_execution_id AND step_name = @step_name AND partition_name IS NOT NULL";
}
