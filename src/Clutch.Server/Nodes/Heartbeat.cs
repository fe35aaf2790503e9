using System.Diagnostics;
using System.Reflection;
using Clutch.Client.Wire;
using Clutch.Launching;
using Clutch.Server.Health;
using Clutch.Server.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Clutch.Server.Nodes;

/// <summary>Gives this process's signs of life, and its farewell.</summary>
internal sealed class Heartbeat(
    NodeRegistry registry, NodeIdentity node, JobLauncher launcher, JobCatalog catalog, ClutchOptions engine, Drain drain,
    IOptions<ClutchServerOptions> options, TimeProvider timeProvider, ILogger<Heartbeat> logger) : BackgroundService
{
    private static readonly string? Version = Assembly.GetEntryAssembly()?.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0];
    private TimeSpan _cpu = Environment.CpuUsage.TotalTime;
    private TimeSpan? _clockSkew;
    private long _measuredAt = timeProvider.GetTimestamp();

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await BeatAsync(NodeState.Stopped, cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.HeartbeatInterval, timeProvider);
        // The first measures the clock, the second tells it: an alert need not wait for the next sign of life.
        await BeatAsync(NodeState.Live, stoppingToken);
        do
            await BeatAsync(drain.IsUnderWay ? NodeState.Draining : NodeState.Live, stoppingToken);
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task BeatAsync(NodeState state, CancellationToken cancellationToken)
    {
        try
        {
            var jobs = catalog.Jobs.Select(job => job.Name).ToArray();
            var beat = new NodeBeat(node.Name, state, launcher.Running.Count, engine.MaxRunning, Version, Process.GetCurrentProcess().WorkingSet64, CpuCores(), jobs) { ClockSkew = _clockSkew };
            var sentAt = timeProvider.GetUtcNow();
            var databaseTime = await registry.BeatAsync(beat, cancellationToken);
            _clockSkew = ClockSkew.Between(sentAt, databaseTime, timeProvider.GetUtcNow());
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
        {
            logger.BeatFailed(fault);
        }
    }

    private double CpuCores()
    {
        var (cpu, now) = (Environment.CpuUsage.TotalTime, timeProvider.GetTimestamp());
        var elapsed = timeProvider.GetElapsedTime(_measuredAt, now);
        var cores = elapsed > TimeSpan.Zero ? (cpu - _cpu) / elapsed : 0;
        (_cpu, _measuredAt) = (cpu, now);
        return Math.Round(cores, 2);
    }
}
