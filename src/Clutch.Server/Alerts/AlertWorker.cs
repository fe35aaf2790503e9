using Clutch.Server.Alerts.Delivery;
using Clutch.Server.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Clutch.Server.Alerts;

/// <summary>Looks at the rules again and again, and delivers what is to be told.</summary>
internal sealed class AlertWorker(
    AlertEngine engine, AlertLease lease, AlertStore alerts, SilenceStore silences, AlertOutbox outbox, IOptions<ClutchServerOptions> options, TimeProvider timeProvider, ILogger<AlertWorker> logger)
    : BackgroundService
{
    private const int PurgeBite = 500;

    private AlertOptions Options => options.Value.Alerts;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await outbox.StartAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await outbox.StopAsync(cancellationToken);
        await GiveLeaseAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Options.Interval, timeProvider);
        do
        {
            try
            {
                var now = timeProvider.GetUtcNow();
                if (await engine.LookAsync(now, stoppingToken))
                    await PurgeAsync(now - Options.KeepResolved, stoppingToken);
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                logger.AlertLookFailed(fault);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task PurgeAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        await alerts.PurgeAsync(before, PurgeBite, cancellationToken);
        await silences.PurgeAsync(before, cancellationToken);
    }

    private async Task GiveLeaseAsync(CancellationToken cancellationToken)
    {
        try
        {
            await lease.GiveAsync(cancellationToken);
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
        {
            // It runs out by itself.
            logger.AlertLookFailed(fault);
        }
    }
}
