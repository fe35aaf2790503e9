using System.Data.Common;
using Clutch.Client.Wire;
using Clutch.Relational;
using Clutch.Server.Storage;

namespace Clutch.Server.Queries;

/// <summary>How long a job takes, and when it last did what it should.</summary>
/// <param name="Duration">Its durations from beginning to end, or null where none of the latest completed at the first attempt.</param>
/// <param name="LastSuccessAt">When it last completed (UTC).</param>
internal sealed record JobDurations(DurationView? Duration, DateTimeOffset LastSuccessAt);

/// <summary>An execution in the strip of a day.</summary>
/// <param name="Id">The execution.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="StartedAt">When it began (UTC).</param>
/// <param name="EndedAt">When it ended (UTC), or null while it runs.</param>
internal sealed record RecentRun(long Id, ExecutionStatus Status, DateTimeOffset StartedAt, DateTimeOffset? EndedAt);

/// <summary>Figures over the history; each is bounded, whatever the history's length.</summary>
internal sealed class StatisticsQueries(ServerDatabase database)
{
    /// <summary>So many of the latest completed executions say how long a job takes.</summary>
    public const int DurationRuns = 100;

    /// <summary>Counts stop here.</summary>
    public const int CountBound = 10_000;

    private const string Counts = """
        SELECT
            (SELECT count(*) FROM (SELECT 1 FROM clutch_job_execution WHERE status IN ('Starting', 'Started', 'Stopping') LIMIT @bound) AS running),
            (SELECT count(*) FROM (SELECT 1 FROM clutch_job_execution WHERE ended_at >= @since AND status = 'Failed' LIMIT @bound) AS failed),
            (SELECT count(*) FROM (SELECT 1 FROM clutch_job_execution WHERE ended_at >= @since AND status = 'Completed' LIMIT @bound) AS completed),
            (SELECT count(*) FROM (SELECT 1 FROM clutch_dead_letter WHERE status = 'Open' LIMIT @bound) AS letters)
        """;

    /// <summary>The state of everything; the nodes are counted by their own query.</summary>
    public async Task<OverviewView> OverviewAsync(IReadOnlyList<NodeView> nodes, CancellationToken cancellationToken)
    {
        var now = database.TimeProvider.GetUtcNow();
        var statement = new Statement(Counts).With("since", now.AddDays(-1)).With("bound", CountBound + 1);
        var counts = await database.QueryAsync(statement, Rows.All(static row => Enumerable.Range(0, 4).Select(row.GetInt64).ToArray()), cancellationToken);
        return new()
        {
            Running = Bounded(counts[0][0]),
            FailedLastDay = Bounded(counts[0][1]),
            CompletedLastDay = Bounded(counts[0][2]),
            OpenDeadLetters = Bounded(counts[0][3]),
            LiveNodes = nodes.Count(node => node.State is NodeState.Live or NodeState.Draining),
            LostNodes = nodes.Count(node => node.State is NodeState.Lost),
            At = now,
        };
    }

    /// <summary>Each of the jobs with its latest executions.</summary>
    public async Task<IReadOnlyList<JobHistoryView>> ListHistoriesAsync(IReadOnlyCollection<string> jobs, int runs, CancellationToken cancellationToken)
    {
        var statement = new Statement(database.Sql.LatestRuns).With("jobs", jobs.ToArray()).With("runs", runs);
        var rows = await database.QueryAsync(statement, Rows.All(ReadRun), cancellationToken);
        var byJob = rows.ToLookup(row => row.Job, row => row.Run, StringComparer.Ordinal);
        var durations = await ListDurationsAsync(jobs, DurationRuns, cancellationToken);
        return [.. jobs.Select(job => new JobHistoryView
        {
            Job = job,
            Runs = [.. byJob[job]],
            Duration = durations.GetValueOrDefault(job)?.Duration,
            LastSuccessAt = durations.GetValueOrDefault(job)?.LastSuccessAt,
        })];
    }

    /// <summary>What each of the jobs ran since the instant: at most <paramref name="runs"/> of its latest executions.</summary>
    public async Task<ILookup<string, RecentRun>> ListRecentAsync(IReadOnlyCollection<string> jobs, DateTimeOffset since, int runs, CancellationToken cancellationToken)
    {
        var statement = new Statement(database.Sql.Lanes).With("jobs", jobs.ToArray()).With("since", since).With("runs", runs);
        var rows = await database.QueryAsync(statement, Rows.All(ReadRecentRun), cancellationToken);
        return rows.ToLookup(row => row.Job, row => row.Run, StringComparer.Ordinal);
    }

    /// <summary>How long each of the jobs takes, by those of so many of its latest completed executions that ran it whole: a restart does only the rest. A job without any is not among them.</summary>
    public async Task<IReadOnlyDictionary<string, JobDurations>> ListDurationsAsync(IReadOnlyCollection<string> jobs, int runs, CancellationToken cancellationToken)
    {
        var statement = new Statement(database.Sql.Durations).With("jobs", jobs.ToArray()).With("runs", runs);
        var rows = await database.QueryAsync(
            statement, Rows.All(row => (Job: row.GetString(0), Seconds: row.GetDouble(1), EndedAt: database.Database.ReadInstant(row, 2), Attempt: row.GetInt32(3))), cancellationToken);
        return rows.GroupBy(row => row.Job, StringComparer.Ordinal).ToDictionary(
            group => group.Key,
            group => new JobDurations(DurationOf([.. group.Where(row => row.Attempt == 1).Select(row => row.Seconds).Order()]), group.Max(row => row.EndedAt)),
            StringComparer.Ordinal);
    }

    // The nearest-rank method: a percentile is a duration that really happened.
    private static DurationView? DurationOf(double[] ordered) => ordered.Length == 0 ? null : new(ordered.Length, AtRank(ordered, 0.5), AtRank(ordered, 0.95), ordered[^1]);

    private static double AtRank(double[] ordered, double share) => ordered[Math.Max(0, (int)Math.Ceiling(share * ordered.Length) - 1)];

    private static BoundedCount Bounded(long count) => new(Math.Min(count, CountBound), count > CountBound);

    private (string Job, RecentRun Run) ReadRecentRun(DbDataReader row) =>
        (row.GetString(0), new(row.GetInt64(1), Enum.Parse<ExecutionStatus>(row.GetString(2)), database.Database.ReadInstant(row, 3), row.Instant(4, database.Database)));

    private (string Job, RunView Run) ReadRun(DbDataReader row)
    {
        var startedAt = database.Database.ReadInstant(row, 3);
        var endedAt = row.Instant(4, database.Database) ?? database.TimeProvider.GetUtcNow();
        return (row.GetString(0), new()
        {
            Id = row.GetInt64(1),
            Status = Enum.Parse<ExecutionStatus>(row.GetString(2)),
            StartedAt = startedAt,
            DurationSeconds = (endedAt - startedAt).TotalSeconds,
            Read = row.GetInt64(5),
            Written = row.GetInt64(6),
            Skipped = row.GetInt64(7),
        });
    }
}
