using Clutch.Outbox.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Clutch.Outbox.Running;

/// <summary>All channels in the background of a process.</summary>
internal sealed class OutboxService(ChannelDirectory channels, OutboxSchema schema, OutboxRunner runner, TimeProvider timeProvider, ILogger<OutboxService> logger) : BackgroundService
{
    private static readonly TimeSpan RestartDelay = TimeSpan.FromSeconds(5);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await schema.MigrateAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(channels.All.Select(channel => RunAsync(channel.Name, stoppingToken)));

    private async Task RunAsync(string channel, CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await runner.RunAsync(channel, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                // The database may be away for longer than it takes to heal; this loop must outlive it.
                logger.WorkFailed("The outbox", channel, fault);
                await Task.Delay(RestartDelay, timeProvider, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
