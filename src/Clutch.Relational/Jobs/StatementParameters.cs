using Clutch.Executions;

namespace Clutch.Relational.Jobs;

/// <summary>What several statements bind alike.</summary>
internal static class StatementParameters
{
    public static Statement WithCounts(this Statement statement, StepCounts counts) => statement
        .With("read_count", counts.Read)
        .With("written_count", counts.Written)
        .With("filtered_count", counts.Filtered)
        .With("read_skip_count", counts.ReadSkipped)
        .With("process_skip_count", counts.ProcessSkipped)
        .With("write_skip_count", counts.WriteSkipped)
        .With("commit_count", counts.Commits)
        .With("rollback_count", counts.Rollbacks)
        .With("retry_count", counts.Retries);

    public static Statement WithUncommitted(this Statement statement, StepCounts counts) => statement
        .With("uncommitted_read_count", NullIfZero(counts.Read))
        .With("uncommitted_written_count", NullIfZero(counts.Written))
        .With("uncommitted_filtered_count", NullIfZero(counts.Filtered))
        .With("uncommitted_read_skip_count", NullIfZero(counts.ReadSkipped))
        .With("uncommitted_process_skip_count", NullIfZero(counts.ProcessSkipped))
        .With("uncommitted_write_skip_count", NullIfZero(counts.WriteSkipped))
        .With("uncommitted_commit_count", NullIfZero(counts.Commits))
        .With("uncommitted_rollback_count", NullIfZero(counts.Rollbacks))
        .With("uncommitted_retry_count", NullIfZero(counts.Retries));

    public static Statement WithCheckpoint(this Statement statement, StepCheckpoint? checkpoint) => statement
        .With("has_checkpoint", checkpoint is not null)
        .With("checkpoint_in", checkpoint?.Input?.Value)
        .With("checkpoint_out", checkpoint?.Output?.Value);

    public static Statement WithFailure(this Statement statement, Failure? failure) => statement
        .With("failure_type", failure?.Type)
        .With("failure_message", failure?.Message)
        .With("failure_details", failure?.Details);

    // Rare counters stay null: a null costs no space in the row that each chunk commit writes anew.
    private static long? NullIfZero(long count) => count == 0 ? null : count;
}
