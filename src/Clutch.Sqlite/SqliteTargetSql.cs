using Clutch.Relational.Targets;

namespace Clutch.Sqlite;

/// <summary>Checkpoints beside the data.</summary>
internal static class SqliteTargetSql
{
    public static readonly TargetStatements Statements = new()
    {
        FindCheckpoint = $"""
            SELECT {TargetStatements.Columns}
            FROM clutch_checkpoint
            WHERE repository_id = @repository_id AND instance_id = @instance_id AND step_name = @step_name AND partition_name = @partition_name
            """,
        InsertCheckpoint = """
            INSERT INTO clutch_checkpoint (repository_id, instance_id, step_name, partition_name, step_execution_id, fence, updated_at)
            VALUES (@repository_id, @instance_id, @step_name, @partition_name, @step_execution_id, @fence, @now)
            ON CONFLICT (repository_id, instance_id, step_name, partition_name) DO NOTHING
            """,
        Forget = """
            UPDATE clutch_checkpoint
            SET has_checkpoint = 0,
                checkpoint_in = NULL,
                checkpoint_out = NULL,
                context = NULL,
                read_count = 0,
                written_count = 0,
                filtered_count = 0,
                read_skip_count = 0,
                process_skip_count = 0,
                write_skip_count = 0,
                commit_count = 0,
                rollback_count = 0,
                retry_count = 0,
                earlier_read_count = 0,
                earlier_written_count = 0,
                earlier_filtered_count = 0,
                earlier_read_skip_count = 0,
                earlier_process_skip_count = 0,
                earlier_write_skip_count = 0,
                earlier_commit_count = 0,
                earlier_rollback_count = 0,
                earlier_retry_count = 0,
                dead_letters = '[]',
                redriven = '[]',
                updated_at = @now
            WHERE repository_id = @repository_id AND instance_id = @instance_id AND step_name = @step_name AND partition_name = @partition_name
                AND step_execution_id < @step_execution_id
            """,
        TakePossession = """
            UPDATE clutch_checkpoint
            SET earlier_read_count = earlier_read_count + CASE WHEN step_execution_id = @step_execution_id THEN 0 ELSE read_count END,
                earlier_written_count = earlier_written_count + CASE WHEN step_execution_id = @step_execution_id THEN 0 ELSE written_count END,
                earlier_filtered_count = earlier_filtered_count + CASE WHEN step_execution_id = @step_execution_id THEN 0 ELSE filtered_count END,
                earlier_read_skip_count = earlier_read_skip_count + CASE WHEN step_execution_id = @step_execution_id THEN 0 ELSE read_skip_count END,
                earlier_process_skip_count = earlier_process_skip_count + CASE WHEN step_execution_id = @step_execution_id THEN 0 ELSE process_skip_count END,
                earlier_write_skip_count = earlier_write_skip_count + CASE WHEN step_execution_id = @step_execution_id THEN 0 ELSE write_skip_count END,
                earlier_commit_count = earlier_commit_count + CASE WHEN step_execution_id = @step_execution_id THEN 0 ELSE commit_count END,
                earlier_rollback_count = earlier_rollback_count + CASE WHEN step_execution_id = @step_execution_id THEN 0 ELSE rollback_count END,
                earlier_retry_count = earlier_retry_count + CASE WHEN step_execution_id = @step_execution_id THEN 0 ELSE retry_count END,
                read_count = CASE WHEN step_execution_id = @step_execution_id THEN read_count ELSE 0 END,
                written_count = CASE WHEN step_execution_id = @step_execution_id THEN written_count ELSE 0 END,
                filtered_count = CASE WHEN step_execution_id = @step_execution_id THEN filtered_count ELSE 0 END,
                read_skip_count = CASE WHEN step_execution_id = @step_execution_id THEN read_skip_count ELSE 0 END,
                process_skip_count = CASE WHEN step_execution_id = @step_execution_id THEN process_skip_count ELSE 0 END,
                write_skip_count = CASE WHEN step_execution_id = @step_execution_id THEN write_skip_count ELSE 0 END,
                commit_count = CASE WHEN step_execution_id = @step_execution_id THEN commit_count ELSE 0 END,
                rollback_count = CASE WHEN step_execution_id = @step_execution_id THEN rollback_count ELSE 0 END,
                retry_count = CASE WHEN step_execution_id = @step_execution_id THEN retry_count ELSE 0 END,
                step_execution_id = @step_execution_id,
                fence = @fence,
                updated_at = @now
            WHERE repository_id = @repository_id AND instance_id = @instance_id AND step_name = @step_name AND partition_name = @partition_name
                AND (step_execution_id < @step_execution_id OR (step_execution_id = @step_execution_id AND fence < @fence))
            """,
        CommitChunk = """
            UPDATE clutch_checkpoint
            SET has_checkpoint = 1,
                checkpoint_in = @checkpoint_in,
                checkpoint_out = @checkpoint_out,
                context = coalesce(@context, context),
                read_count = @read_count,
                written_count = @written_count,
                filtered_count = @filtered_count,
                read_skip_count = @read_skip_count,
                process_skip_count = @process_skip_count,
                write_skip_count = @write_skip_count,
                commit_count = @commit_count,
                rollback_count = @rollback_count,
                retry_count = @retry_count,
                dead_letters = @letters,
                redriven = @redriven,
                updated_at = @now
            WHERE repository_id = @repository_id AND instance_id = @instance_id AND step_name = @step_name AND partition_name = @partition_name
                AND step_execution_id = @step_execution_id AND fence = @fence AND commit_count < @commit_count
            RETURNING step_name
            """,
        FindCommit = """
            SELECT step_name
            FROM clutch_checkpoint
            WHERE repository_id = @repository_id AND instance_id = @instance_id AND step_name = @step_name AND partition_name = @partition_name
                AND step_execution_id = @step_execution_id AND commit_count >= @commit_count
            """,
        Purge = """
            DELETE FROM clutch_checkpoint
            WHERE rowid IN (
                SELECT rowid
                FROM clutch_checkpoint
                WHERE repository_id = @repository_id AND updated_at < @updated_before
                LIMIT @max_checkpoints)
            """,
    };
}
