using Clutch.Relational;

namespace Demo.Calendars;

/// <summary>How the demo's feeds fare since the round began, as the tables have it.</summary>
internal sealed class CalendarProgress(RelationalDatabase database, FeedAddresses feeds, DateTimeOffset roundStartedAt)
{
    private readonly HashSet<(long Feed, int FailureCount)> _failures = [];

    /// <summary>Failed checks that were seen, each of which is followed by another one.</summary>
    public int RetriedCount => _failures.Count;

    /// <summary>Lets the hour come for feeds that were not read well in this round: by themselves they would wait for hours.</summary>
    public async Task MakeDueAsync(CancellationToken cancellationToken)
    {
        const string MakeDue = "UPDATE calendar_feed SET next_due_at = @now WHERE next_due_at > @now AND url_key LIKE @own AND (succeeded_at IS NULL OR succeeded_at < @since)";
        await database.ChangeAsync(With(MakeDue).With("now", TimeProvider.System.GetUtcNow()), Rows.Affected, cancellationToken);
    }

    /// <summary>Whether an import would find anything to do.</summary>
    public async Task<bool> IsAnyDueAsync(CancellationToken cancellationToken) => (await database.QueryAsync(
        With("SELECT 1 WHERE EXISTS (SELECT 1 FROM calendar_feed WHERE next_due_at <= @now AND url_key LIKE @own)").With("now", TimeProvider.System.GetUtcNow()), Rows.All(row => row.GetInt32(0)), cancellationToken)).Count > 0;

    /// <summary>Looks, and remembers what failed.</summary>
    public async Task<FeedStand> LookAsync(CancellationToken cancellationToken)
    {
        const string CountGood = "SELECT count(*) FROM calendar_feed WHERE url_key LIKE @own AND state IN ('ok', 'partial') AND succeeded_at >= @since";
        const string ListFailing = "SELECT id, failure_count FROM calendar_feed WHERE url_key LIKE @own AND failing_since IS NOT NULL";
        var good = await database.QueryAsync(With(CountGood), Rows.All(row => row.GetInt64(0)), cancellationToken);
        var failing = await database.QueryAsync(With(ListFailing), Rows.All(row => (row.GetInt64(0), row.GetInt32(1))), cancellationToken);
        _failures.UnionWith(failing);
        return new(good[0], failing.Count);
    }

    private Statement With(string sql) => new Statement(sql).With("since", roundStartedAt).With("own", feeds.Pattern);
}

/// <summary>The feeds at one moment.</summary>
/// <param name="Good">Read well in this round.</param>
/// <param name="Failing">Failed at the last check; tried again soon.</param>
internal readonly record struct FeedStand(long Good, int Failing);
