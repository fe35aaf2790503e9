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
    private readonly Lock _lock = new();

    /// <summary>Shuts the doors that were shut when the last process ended, and forgets those whose time has passed.</summary>
    public async ValueTask BeforeJobAsync(JobExecution execution, CancellationToken cancellationToken)
    {
        var forget = new Statement(database.Product == "Sqlite" ? ForgetSqlite : ForgetPostgreSql).With("now", timeProvider.GetUtcNow());
        await database.ChangeAsync(forget, Rows.Affected, cancellationToken);
        var shut = await database.QueryAsync(
            new Statement(ListShut).With("now", timeProvider.GetUtcNow()), Rows.All(row => (Host: row.GetString(0), Until: database.ReadInstant(row, 1))), cancellationToken);
        foreach (var (host, until) in shut) gates.Of(host).ShutUntil(until);
    }

    /// <summary>Writes what is new, in the chunk's transaction.</summary>
    public async ValueTask WriteAsync(IRelationalChunk transaction, CancellationToken cancellationToken)
    {
        var shut = TakeNew();
        if (shut.Length > 0) await transaction.Bulk.UpsertAsync(Table, shut, cancellationToken);
    }

    private ShutHost[] TakeNew()
    {
        lock (_lock)
        {
            var now = timeProvider.GetUtcNow();
            foreach (var host in _written.Where(written => written.Value <= now).Select(written => written.Key).ToArray()) _written.Remove(host);
            var news = gates.ListShut().Where(shut => !_written.TryGetValue(shut.Host, out var until) || until < shut.Until).ToArray();
            foreach (var (host, until) in news) _written[host] = until;
            return [.. news.Select(shut => new ShutHost(shut.Host, shut.Until, now))];
        }
    }

    private sealed record ShutHost(string Host, DateTimeOffset BlockedUntil, DateTimeOffset UpdatedAt);
}
