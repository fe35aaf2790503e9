using Clutch.Relational.Targets;
using Clutch.Repository;
using Clutch.Server.Audit;
using Clutch.Server.Nodes;
using Clutch.Server.Security;
using Clutch.Server.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Clutch.Server.Retention;

/// <summary>Deletes what is too old, in small bites with a rest between them. Several processes may do it at once: each takes other rows.</summary>
internal sealed class RetentionWorker(
    IJobRepository repository, AuditLog audit, Sessions sessions, NodeRegistry nodes, IServiceProvider services, IOptions<ClutchServerOptions> options, TimeProvider timeProvider,
    ILogger<RetentionWorker> logger)
    : BackgroundService
{
    private RetentionOptions Options => options.Value.Retention;

    /// <summary>Looks once; answers how many executions and audit entries it deleted.</summary>
    public async Task<(int Executions, int AuditEntries)> PurgeAsync(CancellationToken cancellationToken)
    {
        var now = timeProvider.GetUtcNow();
        var executions = await BiteAsync(bite => repository.PurgeAsync(now - Options.KeepExecutions, bite, cancellationToken).AsTask(), cancellationToken);
        var entries = await BiteAsync(bite => audit.PurgeAsync(now - Options.KeepAudit, bite, cancellationToken), cancellationToken);
        await sessions.PurgeAsync(cancellationToken);
        await nodes.ForgetAsync(cancellationToken);
        await PurgeTargetsAsync(now - Options.KeepExecutions, cancellationToken);
        return (executions, entries);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Options.Interval, timeProvider);
        do
        {
            try
            {
                var (executions, entries) = await PurgeAsync(stoppingToken);
                if (executions + entries > 0)
                    logger.RetentionDone(executions, entries);
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                logger.RetentionFailed(fault);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    // Each execution of a step writes its row anew when it opens it: what is older belongs to nothing that is kept here.
    private async Task PurgeTargetsAsync(DateTimeOffset updatedBefore, CancellationToken cancellationToken)
    {
        foreach (var target in services.GetKeyedServices<TargetChunkStore>(KeyedService.AnyKey))
        {
            try
            {
                await BiteAsync(bite => target.PurgeAsync(updatedBefore, bite, cancellationToken).AsTask(), cancellationToken);
            }
            catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
            {
                // One that is away holds up neither the others nor the rest.
                logger.RetentionFailed(fault);
            }
        }
    }

    private async Task<int> BiteAsync(Func<int, Task<int>> purge, CancellationToken cancellationToken)
    {
        var count = 0;
        while (await purge(Options.BiteSize) is > 0 and var bite)
        {
            count += bite;
            await Task.Delay(Options.Rest, timeProvider, cancellationToken);
        }

        return count;
    }
}
