namespace Clutch.Relational.Targets;

/// <summary>The whole statements of a target database, which keeps the checkpoint beside the data.</summary>
/// <remarks>A row of <c>clutch_checkpoint</c> is named by <c>repository_id</c>, <c>instance_id</c>, <c>step_name</c> and <c>partition_name</c> (empty for a whole step).</remarks>
public sealed record TargetStatements
{
    /// <summary>The columns that <see cref="FindCheckpoint"/> answers, in their order.</summary>
    public const string Columns =
        "step_execution_id, fence, has_checkpoint, checkpoint_in, checkpoint_out, " +
        "read_count, written_count, filtered_count, read_skip_count, process_skip_count, write_skip_count, commit_count, rollback_count, retry_count, " +
        "earlier_read_count, earlier_written_count, earlier_filtered_count, earlier_read_skip_count, earlier_process_skip_count, earlier_write_skip_count, " +
        "earlier_commit_count, earlier_rollback_count, earlier_retry_count, dead_letters, redriven, context";

    /// <summary>Answers the row and keeps other owners waiting.</summary>
    public required string FindCheckpoint { get; init; }

    /// <summary>Creates the row for its first owner; one that is there stays as it is.</summary>
    public required string InsertCheckpoint { get; init; }

    /// <summary>Empties the row of an earlier step execution, for one that begins anew.</summary>
    public required string Forget { get; init; }

    /// <summary>Makes a newer step execution or a higher fence the row's owner; an earlier step execution's counters join the earlier ones.</summary>
    public required string TakePossession { get; init; }

    /// <summary>Records a chunk if the owner still is who commits; answers a text, or meets no row.</summary>
    public required string CommitChunk { get; init; }

    /// <summary>Answers a text if the owner's commit <c>commit_count</c> is in the row, waiting for one under way.</summary>
    public required string FindCommit { get; init; }

    /// <summary>Deletes rows of this repository that nobody wrote since <c>updated_before</c>, at most <c>max_checkpoints</c>.</summary>
    public required string Purge { get; init; }
}
