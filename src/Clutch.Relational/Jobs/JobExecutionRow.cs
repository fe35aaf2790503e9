using System.Data.Common;
using System.Diagnostics;
using Clutch.Executions;

namespace Clutch.Relational.Jobs;

/// <summary>How a job execution lies in a row.</summary>
public static class JobExecutionRow
{
    /// <summary>The columns, in the order in which <see cref="Read"/> expects them.</summary>
    public const string Columns =
        "id, instance_id, job_name, attempt, status, exit_code, parameters, node, fence, lease_expires_at, started_at, ended_at, " +
        "failure_type, failure_message, failure_details, context, restart_at";

    /// <summary>How many columns there are.</summary>
    public const int ColumnCount = 17;

    /// <summary>Reads an execution.</summary>
    public static JobExecution Read(DbDataReader row, RelationalDatabase database)
    {
        ArgumentNullException.ThrowIfNull(row);
        ArgumentNullException.ThrowIfNull(database);
        return new()
        {
            Id = new(row.GetInt64(0)),
            InstanceId = new(row.GetInt64(1)),
            JobName = row.GetString(2),
            Attempt = row.GetInt32(3),
            Status = StatusOf(row.GetString(4)),
            ExitCode = row.TextOrNull(5),
            Parameters = JobParameters.FromJson(row.GetString(6)),
            Node = row.GetString(7),
            Fence = row.GetInt64(8),
            LeaseExpiresAt = database.ReadInstant(row, 9),
            StartedAt = database.ReadInstant(row, 10),
            EndedAt = row.InstantOrNull(11, database),
            Failure = row.FailureOrNull(12),
            Context = row.TextOrNull(15),
            RestartAt = row.TextOrNull(16),
        };
    }

    internal static BatchStatus StatusOf(string text) => text switch
    {
        nameof(BatchStatus.Starting) => BatchStatus.Starting,
        nameof(BatchStatus.Started) => BatchStatus.Started,
        nameof(BatchStatus.Stopping) => BatchStatus.Stopping,
        nameof(BatchStatus.Stopped) => BatchStatus.Stopped,
        nameof(BatchStatus.Failed) => BatchStatus.Failed,
        nameof(BatchStatus.Completed) => BatchStatus.Completed,
        nameof(BatchStatus.Abandoned) => BatchStatus.Abandoned,
        _ => throw new UnreachableException($"Unknown status '{text}'."),
    };

    internal static string? TextOrNull(this DbDataReader row, int ordinal) => row.IsDBNull(ordinal) ? null : row.GetString(ordinal);

    internal static DateTimeOffset? InstantOrNull(this DbDataReader row, int ordinal, RelationalDatabase database) =>
        row.IsDBNull(ordinal) ? null : database.ReadInstant(row, ordinal);

    internal static Failure? FailureOrNull(this DbDataReader row, int ordinal) => row.IsDBNull(ordinal)
        ? null
        : new() { Type = row.GetString(ordinal), Message = row.GetString(ordinal + 1), Details = row.TextOrNull(ordinal + 2) };
}
