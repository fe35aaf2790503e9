using Clutch.Launching;
using Clutch.Repository;
using Clutch.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Clutch.Hosting;

/// <summary>The background work of a server process: recovers executions of dead nodes, restarts what is due, and stops its own at the end.</summary>
internal sealed class ClutchWorker(
    IJobRepository repository,
    Recovery recovery,
    AutoRestart restarts,
    JobLauncher launcher,
    ClutchOptions options,
    IHostApplicationLifetime lifetime,
    TimeProvider timeProvider,
    ILogger<ClutchWorker> logger) : BackgroundService
{
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await repository.MigrateAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await launcher.StopAllAsync().WaitAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.RecoveryInterval, timeProvider);
        do
        {
            try
            {
                await recovery.RecoverAsync(stoppingToken);
                // The host asks this loop to end only after its executions have: what was started meanwhile would be stopped again.
                if (!lifetime.ApplicationStopping.IsCancellationRequested)
                    await restarts.RestartDueAsync(stoppingToken);
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                // The database may be away for a while; this loop must outlive it.
                logger.RecoveryFailed(fault);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
