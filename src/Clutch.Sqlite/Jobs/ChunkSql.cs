namespace Clutch.Sqlite.Jobs;

/// <summary>What a chunk leaves in the repository when it commits.</summary>
internal static class ChunkSql
{
    // Commits must grow: a commit that arrives late, after its chunk was written again, is refused.
    public const string CommitChunk = """
        UPDATE clutch_step_execution
        SET has_checkpoint = 1,
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
            context = coalesce(@context, context),
            lease_expires_at = @now + @lease,
            updated_at = @now
        WHERE id = @id AND fence = @fence AND commit_count < @commit_count AND status IN ('Started', 'Stopping')
        RETURNING (SELECT job.status FROM clutch_job_execution AS job WHERE job.id = job_execution_id)
        """;

    public const string CatchUpChunk = """
        UPDATE clutch_step_execution
        SET has_checkpoint = 1,
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
            updated_at = @now
        WHERE id = @id AND commit_count < @commit_count
        """;

    public const string InsertDeadLetters = """
        INSERT INTO clutch_dead_letter (
            instance_id, step_execution_id, step_name, partition_name, phase, ordinal, location, payload, failure_type, failure_message, failure_details, skipped_at)
        SELECT
            value ->> 'instance_id', value ->> 'step_execution_id', value ->> 'step_name', value ->> 'partition_name', value ->> 'phase', value ->> 'ordinal',
            value ->> 'location', value ->> 'payload', value ->> 'failure_type', value ->> 'failure_message', value ->> 'failure_details', value ->> 'skipped_at_ms'
        FROM json_each(@letters)
        WHERE true  -- parts the join from ON CONFLICT for the parser
        ON CONFLICT (step_execution_id, ordinal) DO NOTHING
        """;

    public const string FindCommit = """
        SELECT status
        FROM clutch_step_execution
        WHERE id = @id AND commit_count >= @commit_count
        """;

    public const string MarkRedriven = """
        UPDATE clutch_dead_letter
        SET status = 'Redriven'
        WHERE id IN (SELECT value FROM json_each(@ids)) AND status = 'Open'
        """;
}
