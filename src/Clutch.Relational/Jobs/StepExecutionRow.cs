using System.Data.Common;
using Clutch.Executions;

namespace Clutch.Relational.Jobs;

/// <summary>How a step execution lies in a row.</summary>
public static class StepExecutionRow
{
    /// <summary>The columns, in the order in which <see cref="Read"/> expects them.</summary>
    public const string Columns =
        "id, job_execution_id, instance_id, step_name, partition_name, partition_data, status, exit_code, start_count, " +
        CountColumns + ", " + UncommittedColumns + ", " +
        "has_checkpoint, checkpoint_in, checkpoint_out, fraction, context, node, fence, started_at, updated_at, ended_at, " +
        "failure_type, failure_message, failure_details";

    /// <summary>How many columns there are.</summary>
    public const int ColumnCount = FirstAfterCounts + 13;

    private const string CountColumns =
        "read_count, written_count, filtered_count, read_skip_count, process_skip_count, write_skip_count, commit_count, rollback_count, retry_count";

    private const string UncommittedColumns =
        "uncommitted_read_count, uncommitted_written_count, uncommitted_filtered_count, uncommitted_read_skip_count, uncommitted_process_skip_count, " +
        "uncommitted_write_skip_count, uncommitted_commit_count, uncommitted_rollback_count, uncommitted_retry_count";

    private const int FirstCount = 9;
    private const int FirstUncommitted = FirstCount + 9;
    private const int FirstAfterCounts = FirstUncommitted + 9;

    /// <summary>Reads a step execution.</summary>
    public static StepExecution Read(DbDataReader row, RelationalDatabase database)
    {
        ArgumentNullException.ThrowIfNull(row);
        ArgumentNullException.ThrowIfNull(database);
        return new()
        {
            Id = new(row.GetInt64(0)),
            JobExecutionId = new(row.GetInt64(1)),
            InstanceId = new(row.GetInt64(2)),
            StepName = row.GetString(3),
            Partition = row.TextOrNull(4),
            PartitionData = row.TextOrNull(5),
            Status = JobExecutionRow.StatusOf(row.GetString(6)),
            ExitCode = row.TextOrNull(7),
            StartCount = row.GetInt32(8),
            Counts = ReadCounts(row, FirstCount),
            Uncommitted = ReadCounts(row, FirstUncommitted),
            Checkpoint = row.GetBoolean(FirstAfterCounts) ? CheckpointOf(row.TextOrNull(FirstAfterCounts + 1), row.TextOrNull(FirstAfterCounts + 2)) : null,
            Fraction = row.IsDBNull(FirstAfterCounts + 3) ? null : row.GetDouble(FirstAfterCounts + 3),
            Context = row.TextOrNull(FirstAfterCounts + 4),
            Node = row.TextOrNull(FirstAfterCounts + 5),
            Fence = row.GetInt64(FirstAfterCounts + 6),
            StartedAt = row.InstantOrNull(FirstAfterCounts + 7, database),
            UpdatedAt = row.InstantOrNull(FirstAfterCounts + 8, database),
            EndedAt = row.InstantOrNull(FirstAfterCounts + 9, database),
            Failure = row.FailureOrNull(FirstAfterCounts + 10),
        };
    }

    internal static StepCheckpoint CheckpointOf(string? input, string? output) =>
        new(input is null ? null : new Checkpoint(input), output is null ? null : new Checkpoint(output));

    /// <summary>Nine counters side by side; an absent one is 0.</summary>
    internal static StepCounts ReadCounts(DbDataReader row, int first) => new()
    {
        Read = Count(row, first),
        Written = Count(row, first + 1),
        Filtered = Count(row, first + 2),
        ReadSkipped = Count(row, first + 3),
        ProcessSkipped = Count(row, first + 4),
        WriteSkipped = Count(row, first + 5),
        Commits = Count(row, first + 6),
        Rollbacks = Count(row, first + 7),
        Retries = Count(row, first + 8),
    };

    private static long Count(DbDataReader row, int ordinal) => row.IsDBNull(ordinal) ? 0 : row.GetInt64(ordinal);
}
