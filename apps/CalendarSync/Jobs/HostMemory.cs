using CalendarSync.Feeds;
using Clutch.Executions;
using Clutch.Relational;
using Clutch.Relational.Tables;
using Clutch.Steps;

namespace CalendarSync.Jobs;

/// <summary>Remembers across restarts which hosts asked to be left alone.</summary>
/// <remarks>A listener and no step: a restart, which is what it is for, passes over steps that have completed.</remarks>
internal sealed class HostMemory(HostGates gates, RelationalDatabase database, TimeProvider timeProvider) : IBatchListener
{
    private const string ListShut = "SELECT host, blocked_until FROM calendar_host WHERE blocked_until > @now";

    // Chunks of another process may write such rows at this moment, in another order: those wait for the next run.
    private const string ForgetPostgreSql = """
        DELETE FROM calendar_host WHERE host IN (SELECT host FROM calendar_host WHERE blocked_until <= @now FOR UPDATE SKIP LOCKED)
        """;

    private const string ForgetSqlite = "DELETE FROM calendar_host WHERE blocked_until <= @now";

    private static readonly TableMap<ShutHost> Table = TableMap.ByConvention<ShutHost>("calendar_host", shut => shut.Host);

    private readonly Dictionary<string, DateTimeOffset> _written = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<StepExecutionId, ShutHost[]> _uncommitted = [];
    private readonly Lock _lock = new();

    /// <summary>Shuts the doors that were shut when the last process ended, and forgets those whose time has passed.</summary>
    public async ValueTask BeforeJobAsync(JobExecution execution, CancellationToken cancellationToken)
    {
        var forget = new Statement(database.Product == "Sqlite" ? ForgetSqlite : ForgetPostgreSql).With("now", timeProvider.GetUtcNow());
        await database.ChangeAsync(forget, Rows.Affected, cancellationToken);
        await RecallAsync(cancellationToken);
    }

    /// <summary>Shuts the doors that another process has been asked to leave alone.</summary>
    public async ValueTask RecallAsync(CancellationToken cancellationToken)
    {
        var shut = await database.QueryAsync(
            new Statement(ListShut).With("now", timeProvider.GetUtcNow()), Rows.All(row => (Host: row.GetString(0), Until: database.ReadInstant(row, 1))), cancellationToken);
        foreach (var (host, until) in shut) gates.Of(host).ShutUntil(until);
    }

    /// <summary>Writes what is new, in the chunk's transaction.</summary>
    public async ValueTask WriteAsync(StepContext step, IRelationalChunk transaction, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(step);
        var shut = TakeNew(step.StepExecutionId);
        if (shut.Length > 0) await transaction.Bulk.UpsertAsync(Table, shut, cancellationToken);
    }

    /// <summary>What the chunk wrote is known from now on, and not before: it might have been rolled back.</summary>
    public ValueTask AfterChunkAsync(StepContext step, StepCounts counts, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(step);
        lock (_lock)
        {
            if (_uncommitted.Remove(step.StepExecutionId, out var shut))
            {
                foreach (var host in shut) _written[host.Host] = host.BlockedUntil;
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Forgets what the step wrote in vain.</summary>
    public ValueTask AfterStepAsync(StepContext step, StepOutcome outcome, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(step);
        lock (_lock) _uncommitted.Remove(step.StepExecutionId);
        return ValueTask.CompletedTask;
    }

    private ShutHost[] TakeNew(StepExecutionId step)
    {
        lock (_lock)
        {
            var now = timeProvider.GetUtcNow();
            foreach (var host in _written.Where(written => written.Value <= now).Select(written => written.Key).ToArray()) _written.Remove(host);
            var news = gates.ListShut().Where(shut => !_written.TryGetValue(shut.Host, out var until) || until < shut.Until);
            return _uncommitted[step] = [.. news.Select(shut => new ShutHost(shut.Host, shut.Until, now))];
        }
    }

    private sealed record ShutHost(string Host, DateTimeOffset BlockedUntil, DateTimeOffset UpdatedAt);
}
