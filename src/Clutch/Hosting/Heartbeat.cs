using System.Diagnostics;
using System.Reflection;
using Clutch.Launching;
using Clutch.Repository;
using Clutch.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Clutch.Hosting;

/// <summary>Gives this process's signs of life, and its farewell, where the store keeps them.</summary>
internal sealed class Heartbeat(
    IJobRepository repository, NodeIdentity node, JobLauncher launcher, JobCatalog catalog, ClutchOptions options, IHostApplicationLifetime lifetime, TimeProvider timeProvider,
    ILogger<Heartbeat> logger, INodeRegister? register = null) : BackgroundService
{
    private static readonly string? Version = Assembly.GetEntryAssembly()?.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0];
    private TimeSpan _cpu = Environment.CpuUsage.TotalTime;
    private TimeSpan? _clockSkew;
    private long _measuredAt = timeProvider.GetTimestamp();

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await repository.MigrateAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await BeatAsync(NodeActivity.Stopped, cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (register is null)
            return;
        using var timer = new PeriodicTimer(options.HeartbeatInterval, timeProvider);
        // The first measures the clock, the second tells it: an alert need not wait for the next sign of life.
        await BeatAsync(NodeActivity.Live, stoppingToken);
        do
            await BeatAsync(lifetime.ApplicationStopping.IsCancellationRequested ? NodeActivity.Draining : NodeActivity.Live, stoppingToken);
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task BeatAsync(NodeActivity activity, CancellationToken cancellationToken)
    {
        if (register is null)
            return;
        try
        {
            var beat = BeatOf(activity);
            var sentAt = timeProvider.GetUtcNow();
            var databaseTime = await register.BeatAsync(beat, cancellationToken);
            _clockSkew = ClockSkew.Between(sentAt, databaseTime, timeProvider.GetUtcNow());
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
        {
            logger.BeatFailed(fault);
        }
    }

    private NodeBeat BeatOf(NodeActivity activity) => new()
    {
        Node = node.Name,
        Activity = activity,
        Interval = options.HeartbeatInterval,
        RunningCount = launcher.Running.Count,
        MaxRunning = options.MaxRunning,
        Version = Version,
        MemoryBytes = Process.GetCurrentProcess().WorkingSet64,
        CpuCores = CpuCores(),
        Jobs = [.. catalog.Jobs.Select(job => job.Name)],
        ClockSkew = _clockSkew,
    };

    private double CpuCores()
    {
        var (cpu, now) = (Environment.CpuUsage.TotalTime, timeProvider.GetTimestamp());
        var elapsed = timeProvider.GetElapsedTime(_measuredAt, now);
        var cores = elapsed > TimeSpan.Zero ? (cpu - _cpu) / elapsed : 0;
        (_cpu, _measuredAt) = (cpu, now);
        return Math.Round(cores, 2);
    }
}
