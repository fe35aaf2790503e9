using System.Data.Common;
using Clutch.Items;

namespace Clutch.Relational.Jobs;

/// <summary>How a dead letter lies in a row.</summary>
internal static class DeadLetterRow
{
    public const string Columns =
        "id, instance_id, step_execution_id, step_name, partition_name, phase, ordinal, location, payload, failure_type, failure_message, failure_details, status, skipped_at";

    public static DeadLetter Read(DbDataReader row, RelationalDatabase database) => new()
    {
        Id = row.GetInt64(0),
        InstanceId = new(row.GetInt64(1)),
        StepExecutionId = new(row.GetInt64(2)),
        StepName = row.GetString(3),
        Partition = row.TextOrNull(4),
        Phase = Enum.Parse<SkipPhase>(row.GetString(5)),
        Ordinal = row.GetInt64(6),
        Location = row.TextOrNull(7),
        Payload = row.TextOrNull(8),
        Failure = row.FailureOrNull(9)!,
        Status = Enum.Parse<DeadLetterStatus>(row.GetString(12)),
        SkippedAt = database.ReadInstant(row, 13),
    };
}
