using Clutch.Launching;
using Clutch.Server.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Clutch.Server.Health;

/// <summary>The end of a process in order: it is no longer ready, takes no launch, brings its executions to a chunk boundary, and leaves within a deadline.</summary>
internal sealed class Drain : IHostedLifecycleService
{
    private readonly JobLauncher _launcher;
    private readonly ClutchServerOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<Drain> _logger;

    public Drain(JobLauncher launcher, IOptions<ClutchServerOptions> options, TimeProvider timeProvider, IHostApplicationLifetime lifetime, ILogger<Drain> logger)
    {
        (_launcher, _options, _timeProvider, _logger) = (launcher, options.Value, timeProvider, logger);
        lifetime.ApplicationStopping.Register(() => IsUnderWay = true);
    }

    /// <summary>Whether the process ends: it is not ready and launches nothing.</summary>
    public bool IsUnderWay { get; private set; }

    // Before the others stop: the web server still answers who asks how far it is.
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        IsUnderWay = true;
        if (_launcher.Running.Count is > 0 and var count)
            _logger.Draining(count, _options.DrainTimeout.TotalSeconds);
        try
        {
            await _launcher.StopAllAsync().WaitAsync(_options.DrainTimeout, _timeProvider, cancellationToken);
        }
        catch (Exception fault) when (fault is TimeoutException or OperationCanceledException)
        {
            _logger.DrainTimedOut(_launcher.Running.Count);
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
