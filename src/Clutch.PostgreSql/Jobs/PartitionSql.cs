using Clutch.Relational.Jobs;

namespace Clutch.PostgreSql.Jobs;

/// <summary>Partitions: created in bulk, handed out one by one.</summary>
internal static class PartitionSql
{
    // A call whose answer was lost is repeated, perhaps while the first one is still under way. The update that changes nothing waits for that one, and the statement
    // behind it sees what it made: then the step's latest row is a partition. A flow that comes back to the step has begun it anew, with a row of its own.
    public const string CreatePartitions = """
        UPDATE clutch_job_execution
        SET node = node
        WHERE id = @job_execution_id AND fence = @job_fence AND status IN ('Starting', 'Started', 'Stopping');

        WITH job AS (
            SELECT id, status
            FROM clutch_job_execution
            WHERE id = @job_execution_id AND fence = @job_fence AND status IN ('Starting', 'Started', 'Stopping')),
        created AS (
            INSERT INTO clutch_step_execution (
                job_execution_id, instance_id, step_name, partition_name, partition_data, status, start_count, has_checkpoint, checkpoint_in, checkpoint_out,
                context, node, fence, lease_expires_at, started_at)
            SELECT
                job.id, @instance_id, @step_name, part.name, part.data, CASE WHEN part.is_interrupted THEN 'Started' ELSE 'Starting' END, part.start_count,
                part.has_checkpoint, part.checkpoint_in, part.checkpoint_out, part.context, part.node, 0,
                CASE WHEN part.is_interrupted THEN clock_timestamp() END, CASE WHEN part.is_interrupted THEN clock_timestamp() END
            FROM job
            CROSS JOIN ROWS FROM (json_to_recordset(@partitions::json) AS (
                name text, data text, start_count integer, has_checkpoint boolean, checkpoint_in text, checkpoint_out text, context text, node text, is_interrupted boolean))
                WITH ORDINALITY AS part (name, data, start_count, has_checkpoint, checkpoint_in, checkpoint_out, context, node, is_interrupted, place)
            WHERE (
                SELECT latest.partition_name
                FROM clutch_step_execution AS latest
                WHERE latest.job_execution_id = @job_execution_id AND latest.step_name = @step_name
                ORDER BY latest.id DESC
                LIMIT 1) IS NULL
            ORDER BY part.place)
        SELECT status FROM job
        """;

    // What a dead node left (what this node was at itself first), what this node ran last, what nobody ran, the rest: a later look-up is made only where those before found nothing.
    // Waiting rows are read in the order of their own index. In the order of ids alone the planner may read the whole table along its key, and node = @node would leave that order.
    // Workers pass over rows that others are just claiming or committing, so they never wait for each other.
    // A row with fence 0 was at work in the execution before: no node of this one has died with it.
    public const string ClaimPartition = $"""
        UPDATE clutch_step_execution
        SET status = 'Started',
            node = @node,
            fence = fence + 1,
            lost_count = lost_count + CASE WHEN status = 'Started' AND fence > 0 THEN 1 ELSE 0 END,
            lease_expires_at = clock_timestamp() + @lease,
            started_at = coalesce(started_at, clock_timestamp()),
            updated_at = clock_timestamp()
        WHERE id = (
            SELECT coalesce(
                (
                    SELECT id
                    FROM clutch_step_execution
                    WHERE job_execution_id = @job_execution_id AND step_name = @step_name AND partition_name IS NOT NULL AND status = 'Started' AND lease_expires_at < clock_timestamp() AND lost_count < 2
                    ORDER BY node <> @node, lease_expires_at, id
                    LIMIT 1
                    FOR NO KEY UPDATE SKIP LOCKED),
                (
                    SELECT id
                    FROM clutch_step_execution
                    WHERE {WaitsInStep} AND node BETWEEN @node AND @node
                    ORDER BY node NULLS FIRST, id
                    LIMIT 1
                    FOR NO KEY UPDATE SKIP LOCKED),
                (
                    SELECT id
                    FROM clutch_step_execution
                    WHERE {WaitsInStep}
                    ORDER BY node NULLS FIRST, id
                    LIMIT 1
                    FOR NO KEY UPDATE SKIP LOCKED))
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
            lease_expires_at = clock_timestamp() + @lease,
            updated_at = clock_timestamp()
        WHERE id = (
            SELECT step.id
            FROM clutch_step_execution AS step
            JOIN clutch_job_execution AS job ON job.id = step.job_execution_id AND job.status IN ('Starting', 'Started')
            WHERE step.job_execution_id = @job_execution_id
                AND step.step_name = @step_name
                AND step.partition_name IS NOT NULL
                AND step.status = 'Started'
                AND step.lease_expires_at < clock_timestamp()
                AND step.lost_count < 2
            ORDER BY step.node <> @node, step.id
            LIMIT 1
            FOR NO KEY UPDATE OF step SKIP LOCKED)
        RETURNING {StepExecutionRow.Columns}
        """;

    // A partition that is locked is just committing, which renews it anyway.
    public const string RenewPartitions = """
        WITH job AS (
            SELECT id, status
            FROM clutch_job_execution
            WHERE id = @job_execution_id AND status IN ('Starting', 'Started', 'Stopping')),
        parts AS (
            UPDATE clutch_step_execution
            SET lease_expires_at = clock_timestamp() + @lease, updated_at = clock_timestamp()
            WHERE id IN (
                SELECT id
                FROM clutch_step_execution
                WHERE (id, fence) IN (SELECT * FROM unnest(@ids, @fences)) AND job_execution_id = (SELECT id FROM job) AND status IN ('Started', 'Stopping')
                FOR NO KEY UPDATE SKIP LOCKED))
        SELECT status FROM job
        """;

    // The node stays: who ran it last is asked first.
    public const string ReleasePartition = """
        UPDATE clutch_step_execution
        SET status = 'Starting', fence = fence + 1, lease_expires_at = NULL, updated_at = clock_timestamp()
        WHERE id = @id AND fence = @fence AND partition_name IS NOT NULL AND status IN ('Started', 'Stopping')
        """;

    // Two statements: what the first ended, the second no longer counts.
    public const string WatchPartitions = $"""
        UPDATE clutch_step_execution
        SET status = 'Failed',
            exit_code = 'Failed',
            fence = fence + 1,
            updated_at = clock_timestamp(),
            ended_at = clock_timestamp(),
            failure_type = 'Quarantined',
            failure_message = 'three nodes in a row died with it before a chunk was committed; the last was ' || node
        WHERE job_execution_id = @job_execution_id
            AND step_name = @step_name
            AND partition_name IS NOT NULL
            AND status = 'Started'
            AND lease_expires_at < clock_timestamp()
            AND lost_count >= 2;

        SELECT
            (
                SELECT count(*)
                FROM clutch_step_execution
                WHERE {WaitsInStep}),
            (
                SELECT count(*)
                FROM clutch_step_execution
                WHERE job_execution_id = @job_execution_id AND step_name = @step_name AND partition_name IS NOT NULL AND status IN ('Started', 'Stopping'))
        """;

    // With the sum only the index of those that wait can serve it: see its migration.
    private const string WaitsInStep = "job_execution_id + 0 = @job_execution_id AND step_name = @step_name AND partition_name IS NOT NULL AND status = 'Starting'";
}
