using CalendarSync.Accounts;
using Clutch.Relational;

namespace CalendarSync.Events;

/// <summary>Computes the instants of own events anew when the time zone data of the program is not the one they were computed with.</summary>
/// <remarks>Governments change zones on short notice: the wall clock of an event stays, its instant moves.</remarks>
internal sealed class ZoneDataRefresh(RelationalDatabase database, EventStore events, TimeProvider clock, ILogger<ZoneDataRefresh> logger) : BackgroundService
{
    private const int PageSize = 200;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromMinutes(1);

    private const string ListOutdated = $"""
        SELECT {OwnEvent.Columns} FROM calendar_event WHERE id > @after AND zone_data <> @version ORDER BY id LIMIT @count
        """;

    /// <summary>Refreshes all that is outdated and answers how many events that were.</summary>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var (count, after) = (0, 0L);
        while (true)
        {
            var page = await ListAsync(after, cancellationToken);
            await events.RefreshZonesAsync(page, cancellationToken);
            count += page.Count;
            if (page.Count < PageSize)
                return count;
            after = page[^1].Id;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!await TryRunAsync(stoppingToken))
            await Task.Delay(RetryDelay, clock, stoppingToken);
    }

    private async Task<bool> TryRunAsync(CancellationToken cancellationToken)
    {
        try
        {
            var count = await RunAsync(cancellationToken);
            if (count > 0)
                logger.ZonesRefreshed(count, TimeZones.DataVersion);
            return true;
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
        {
            // The server answers all the same; what was refreshed stays.
            logger.ZonesNotRefreshed(TimeZones.DataVersion, fault);
            return false;
        }
    }

    private ValueTask<IReadOnlyList<OwnEvent>> ListAsync(long after, CancellationToken cancellationToken) => database.QueryAsync(
        new Statement(ListOutdated).With("after", after).With("version", TimeZones.DataVersion).With("count", PageSize),
        Rows.All(row => OwnEvent.Read(row, database)),
        cancellationToken);
}
