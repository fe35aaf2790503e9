using System.Threading.Channels;
using Clutch.Repository;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Quartz.Extensibility;

namespace Clutch.Scheduling.Partitions;

/// <summary>Makes schedulers look at once for workers that another node called, instead of at their next look.</summary>
internal sealed class WakeUps(ISchedulerSignaler scheduler, IServiceProvider services, ILogger<WakeUps> logger) : IAsyncDisposable
{
    private readonly ISignals? _signals = services.GetService<ISignals>();

    // Signals that come before it looks are one.
    private readonly Channel<bool> _heard = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _ending = new();
    private IDisposable? _hearing;
    private Task _work = Task.CompletedTask;

    public void Start()
    {
        if (_signals is null)
            return;
        _hearing = _signals.Subscribe(SignalTopics.Workers, Hear);
        _work = Task.Run(WorkAsync);
    }

    public async Task WakeOthersAsync(CancellationToken cancellationToken)
    {
        if (_signals is null)
            return;
        try
        {
            await _signals.SendAsync(SignalTopics.Workers, cancellationToken);
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
        {
            logger.WakeUpFailed(fault);
        }
    }

    public async Task StopAsync()
    {
        _hearing?.Dispose();
        await _ending.CancelAsync();
        await _work;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _ending.Dispose();
    }

    private void Hear() => _heard.Writer.TryWrite(item: true);

    private async Task WorkAsync()
    {
        while (!_ending.IsCancellationRequested)
        {
            try
            {
                await _heard.Reader.ReadAsync(_ending.Token);
                await scheduler.SignalSchedulingChange(candidateNewNextFireTimeUtc: null, _ending.Token);
            }
            catch (Exception fault)
            {
                // It looks by itself within its idle wait.
                if (!_ending.IsCancellationRequested)
                    logger.WakeUpFailed(fault);
            }
        }
    }
}
