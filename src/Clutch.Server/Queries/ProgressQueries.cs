using System.Data.Common;
using Clutch.Client.Wire;
using Clutch.Relational;
using Clutch.Server.Storage;

namespace Clutch.Server.Queries;

/// <summary>How far executions are, wherever they run: one query, however many are asked for.</summary>
internal sealed class ProgressQueries(ServerDatabase database)
{
    /// <summary>These executions.</summary>
    public Task<IReadOnlyList<ProgressView>> ListAsync(IReadOnlyCollection<long> ids, CancellationToken cancellationToken) =>
        ReadAsync(database.Sql.Progress, ids, cancellationToken);

    /// <summary>These executions and all that run.</summary>
    public Task<IReadOnlyList<ProgressView>> ListLiveAsync(IReadOnlyCollection<long> ids, CancellationToken cancellationToken) =>
        ReadAsync(database.Sql.LiveProgress, ids, cancellationToken);

    private async Task<IReadOnlyList<ProgressView>> ReadAsync(string text, IReadOnlyCollection<long> ids, CancellationToken cancellationToken)
    {
        var at = database.TimeProvider.GetUtcNow();
        var rows = await database.QueryAsync(new Statement(text).With("ids", ids.ToArray()), Rows.All(Read), cancellationToken);
        return [.. rows.GroupBy(row => row.Execution.ExecutionId).Select(group => Add(group, at))];
    }

    private static ProgressView Add(IEnumerable<Row> rows, DateTimeOffset at)
    {
        var all = rows.ToList();
        var steps = all.Where(row => row.Step is not null).GroupBy(row => row.Step!.Name, StringComparer.Ordinal);
        return all[0].Execution with { At = at, Steps = [.. steps.Select(step => ProgressOf([.. step.Select(row => row.Step!)], at))] };
    }

    private static StepProgressView ProgressOf(IReadOnlyList<StepRow> rows, DateTimeOffset at)
    {
        var own = rows.FirstOrDefault(row => !row.IsPartition);
        var parts = rows.FirstOrDefault(row => row.IsPartition);
        // While it runs only the partitions count; at its end the step adds up those of all executions.
        var counts = own is { EndedAt: not null } || parts is null ? own!.Counts : parts.Counts;
        var status = own?.Status ?? StatusOf(parts!.Partitions);
        var startedAt = own?.StartedAt ?? parts?.StartedAt;
        var endedAt = own is null ? parts?.EndedAt : own.EndedAt;
        var shares = parts?.Partitions.Total ?? 1;
        var fraction = status is ExecutionStatus.Completed ? 1 : (parts ?? own!).Fraction / shares;
        // A restart has done only the part since its own start.
        var done = fraction - ((parts ?? own!).StartFraction ?? 0) / shares;
        var seconds = startedAt is { } from ? ((endedAt ?? at) - from).TotalSeconds : 0;
        return new()
        {
            Step = rows[0].Name,
            Status = status,
            Counts = counts,
            Fraction = fraction,
            StartedAt = startedAt,
            EndedAt = endedAt,
            Partitions = parts?.Partitions,
            // Earlier executions read their part in their own time.
            ItemsPerSecond = seconds > 0 ? (parts ?? own!).Counts.Read / seconds : 0,
            RemainingSeconds = status is ExecutionStatus.Started && done > 0 ? seconds * ((1 - fraction) / done) : null,
        };
    }

    private static ExecutionStatus StatusOf(PartitionCounts partitions) => partitions switch
    {
        { Failed: > 0, Running: 0 } => ExecutionStatus.Failed,
        { Running: > 0 } => ExecutionStatus.Started,
        { Waiting: > 0 } => ExecutionStatus.Starting,
        _ when partitions.Completed == partitions.Total => ExecutionStatus.Completed,
        _ => ExecutionStatus.Stopped,
    };

    private Row Read(DbDataReader row) => new(
        new()
        {
            ExecutionId = row.GetInt64(0),
            Job = row.GetString(1),
            Status = Enum.Parse<ExecutionStatus>(row.GetString(2)),
            ExitCode = row.Text(3),
            StartedAt = database.Database.ReadInstant(row, 4),
            EndedAt = row.Instant(5, database.Database),
            Failure = row.IsDBNull(6) ? null : new(row.GetString(6), row.GetString(7), Details: null),
            At = default,
            Steps = [],
        },
        row.IsDBNull(8) ? null : ReadStep(row));

    private StepRow ReadStep(DbDataReader row) => new()
    {
        Name = row.GetString(8),
        IsPartition = row.GetInt32(9) == 1,
        Partitions = new(row.GetInt64(10), row.GetInt64(11), row.GetInt64(12), row.GetInt64(13), row.GetInt64(14)),
        Status = Enum.Parse<ExecutionStatus>(row.GetString(15)),
        Counts = new()
        {
            Read = row.GetInt64(16),
            Written = row.GetInt64(17),
            Filtered = row.GetInt64(18),
            ReadSkipped = row.GetInt64(19),
            ProcessSkipped = row.GetInt64(20),
            WriteSkipped = row.GetInt64(21),
            Commits = row.GetInt64(22),
            Rollbacks = row.GetInt64(23),
            Retries = row.GetInt64(24),
        },
        Fraction = row.IsDBNull(25) ? null : row.GetDouble(25),
        StartedAt = row.Instant(26, database.Database),
        EndedAt = row.Instant(27, database.Database),
        StartFraction = row.IsDBNull(28) ? null : row.GetDouble(28),
    };

    private sealed record Row(ProgressView Execution, StepRow? Step);

    private sealed record StepRow
    {
        public required string Name { get; init; }

        public required bool IsPartition { get; init; }

        public required PartitionCounts Partitions { get; init; }

        public required ExecutionStatus Status { get; init; }

        public required CountsView Counts { get; init; }

        public double? Fraction { get; init; }

        public double? StartFraction { get; init; }

        public DateTimeOffset? StartedAt { get; init; }

        public DateTimeOffset? EndedAt { get; init; }
    }
}
