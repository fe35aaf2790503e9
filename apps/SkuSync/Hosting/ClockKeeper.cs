using SkuSync.Jobs;

namespace SkuSync.Hosting;

/// <summary>Sets the second and third clock of runs whose changes have ended, in a process where the relay runs all the time.</summary>
internal sealed class ClockKeeper(RunReport report, TimeProvider timeProvider, ILogger<ClockKeeper> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, timeProvider);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await report.SettleAllAsync(stoppingToken);
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                // The database may be away for a while; this loop must outlive it.
                logger.ClocksNotSet(fault);
            }
        }
    }
}
