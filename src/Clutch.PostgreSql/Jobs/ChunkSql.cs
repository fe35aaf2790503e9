namespace Clutch.PostgreSql.Jobs;

/// <summary>What a chunk leaves in the repository when it commits.</summary>
internal static class ChunkSql
{
    // The division is the guard: without a row it fails, and the COMMIT behind it in the same batch is not run. That saves a round trip.
    // Commits must grow: a commit that arrives late, after its chunk was written again, is refused.
    public const string CommitChunk = """
        WITH committed AS (
            UPDATE clutch_step_execution
            SET has_checkpoint = true,
                checkpoint_in = @checkpoint_in,
                checkpoint_out = @checkpoint_out,
                read_count = @read_count,
                written_count = @written_count,
                filtered_count = @filtered_count,
                read_skip_count = @read_skip_count,
                process_skip_count = @process_skip_count,
                write_skip_count = @write_skip_count,
                commit_count = @commit_count,
                rollback_count = @rollback_count,
                retry_count = @retry_count,
                lost_count = 0,
                fraction = @fraction,
                context = coalesce(@context::text, context),
                lease_expires_at = clock_timestamp() + @lease,
                updated_at = clock_timestamp()
            WHERE id = @id AND fence = @fence AND commit_count < @commit_count AND status IN ('Started', 'Stopping')
            RETURNING job_execution_id)
        SELECT
            (SELECT job.status FROM clutch_job_execution AS job WHERE job.id = max(committed.job_execution_id)),
            1 / count(*)
        FROM committed
        """;

    public const string CatchUpChunk = """
        UPDATE clutch_step_execution
        SET has_checkpoint = true,
            checkpoint_in = @checkpoint_in,
            checkpoint_out = @checkpoint_out,
            read_count = @read_count,
            written_count = @written_count,
            filtered_count = @filtered_count,
            read_skip_count = @read_skip_count,
            process_skip_count = @process_skip_count,
            write_skip_count = @write_skip_count,
            commit_count = @commit_count,
            rollback_count = @rollback_count,
            retry_count = @retry_count,
                lost_count = 0,
            updated_at = clock_timestamp()
        WHERE id = @id AND commit_count < @commit_count
        """;

    public const string InsertDeadLetters = """
        INSERT INTO clutch_dead_letter (
            instance_id, step_execution_id, step_name, partition_name, phase, ordinal, location, payload, failure_type, failure_message, failure_details, skipped_at)
        SELECT
            instance_id, step_execution_id, step_name, partition_name, phase, ordinal, location, payload, failure_type, failure_message, failure_details,
            timestamptz '1970-01-01 00:00:00+00' + skipped_at_ms * interval '1 millisecond'
        FROM json_to_recordset(@letters::json) AS letter (
            instance_id bigint, step_execution_id bigint, step_name text, partition_name text, phase text, ordinal bigint, location text, payload text,
            failure_type text, failure_message text, failure_details text, skipped_at_ms bigint)
        ON CONFLICT (step_execution_id, ordinal) DO NOTHING
        """;

    // The lock waits for a commit that is still under way on a connection believed broken. Only then the count is compared: a lock waits for no row whose version
    // from before that commit does not meet the condition.
    public const string FindCommit = """
        WITH step AS MATERIALIZED (
            SELECT status, commit_count
            FROM clutch_step_execution
            WHERE id = @id
            FOR NO KEY UPDATE)
        SELECT status
        FROM step
        WHERE commit_count >= @commit_count
        """;

    public const string MarkRedriven = """
        UPDATE clutch_dead_letter
        SET status = 'Redriven'
        WHERE id = ANY (@ids) AND status = 'Open'
        """;
}
