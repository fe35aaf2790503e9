using System.Diagnostics;
using Clutch.Outbox.Storage;
using Clutch.Outbox.Telemetry;
using Microsoft.Extensions.Logging;

namespace Clutch.Outbox.Running;

/// <summary>One relay at work in one channel: claims one after the other, sends side by side.</summary>
internal sealed class RelayLoop
{
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstIdle = TimeSpan.FromMilliseconds(20);

    private readonly OutboxStore _store;
    private readonly Channel _channel;
    private readonly WakeUp _wakeUp;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly string _owner = LoopIdentity.Create();
    private readonly List<Task> _sends = [];
    private readonly AdaptiveLimit _limit = new();
    private readonly GroupLoads _loads;
    private readonly GroupRing _ring;
    private readonly HeldLeases _leases;
    private TimeSpan _idle = FirstIdle;
    private long _sentCount;
    private long _nextStart;

    public RelayLoop(OutboxStore store, Channel channel, WakeUp wakeUp, TimeProvider timeProvider, ILogger logger)
    {
        _store = store;
        _channel = channel;
        _wakeUp = wakeUp;
        _timeProvider = timeProvider;
        _logger = logger;
        _loads = new(channel);
        _ring = new(store, channel, _loads, timeProvider, _owner);
        _leases = new(store, channel, _owner, timeProvider, logger);
    }

    /// <summary>Runs until done or cancelled; then all requests under way have ended.</summary>
    public async Task<OutboxDrain> RunAsync(Func<Backlog, bool>? isDone, CancellationToken cancellationToken)
    {
        using var sending = new CancellationTokenSource();
        using var renewing = new CancellationTokenSource();
        var renewal = _leases.RenewAsync(renewing.Token);
        var sender = new Sender(_store, _channel, _wakeUp, _timeProvider, _logger, _limit, _loads, _ring);
        try
        {
            return await LoopAsync(sender, isDone, sending.Token, cancellationToken);
        }
        finally
        {
            sending.CancelAfter(StopGrace);
            await Task.WhenAll(_sends);
            await renewing.CancelAsync();
            await renewal;
        }
    }

    private async Task<OutboxDrain> LoopAsync(Sender sender, Func<Backlog, bool>? isDone, CancellationToken sending, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var woken = _wakeUp.NextAsync(_channel.Name);
            try
            {
                await MakeRoomAsync(cancellationToken);
                await PaceAsync(cancellationToken);
                if (await ClaimAsync(cancellationToken) is { } claimed)
                    Start(sender, claimed, sending);
                else if (isDone is not null && _sends.Count == 0 && await ReadBacklogAsync(cancellationToken) is var backlog && isDone(backlog))
                    return Ended(backlog);
                else
                    await RestAsync(woken, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception fault) when (_store.IsTransient(fault))
            {
                _logger.WorkFailed("Claiming", _channel.Name, fault);
                await RestAsync(woken, cancellationToken);
            }
        }

        return new(DrainEnd.Idle, null, _sentCount);
    }

    private ValueTask<Backlog> ReadBacklogAsync(CancellationToken cancellationToken) =>
        Backlog.ReadAsync(_store, _channel.Name, _channel.Options.Retry.MaxDelay, cancellationToken);

    private OutboxDrain Ended(Backlog backlog) =>
        new(backlog.Fault is not null ? DrainEnd.Faulted : backlog.IsPaused ? DrainEnd.Paused : DrainEnd.Idle, backlog.Fault, _sentCount);

    private async ValueTask MakeRoomAsync(CancellationToken cancellationToken)
    {
        _sends.RemoveAll(static send => send.IsCompleted);
        while (IsFull(_channel.Options.MaxConcurrency))
        {
            await Task.WhenAny(_sends).WaitAsync(cancellationToken);
            _sends.RemoveAll(static send => send.IsCompleted);
        }
    }

    private bool IsFull(int ceiling) => _sends.Count >= ceiling || _loads.AnsweringCount >= _limit.Current(ceiling);

    // Starts are spread evenly: a burst after a pause would break the target's limit as surely as a steady excess.
    private async ValueTask PaceAsync(CancellationToken cancellationToken)
    {
        if (_channel.Options.RatePerSecond is not { } rate)
            return;
        var now = _timeProvider.GetTimestamp();
        if (_nextStart > now)
            await Task.Delay(_timeProvider.GetElapsedTime(now, _nextStart), _timeProvider, cancellationToken);
        _nextStart = Math.Max(now, _nextStart) + (long)(_timeProvider.TimestampFrequency / rate);
    }

    private async ValueTask<ClaimedSubmission?> ClaimAsync(CancellationToken cancellationToken)
    {
        var startedAt = Stopwatch.GetTimestamp();
        var claimed = await _ring.ClaimAsync(_channel.Options, cancellationToken);
        if (claimed is null)
            return null;
        OutboxMetrics.Claimed(_channel.Name, claimed.Submission.Items.Count, Stopwatch.GetElapsedTime(startedAt));
        if (claimed.PreviousOwner is { } previous)
        {
            OutboxMetrics.LeaseExpired(_channel.Name);
            _logger.LeaseExpired(claimed.Facts.Id, _channel.Name, previous);
        }

        return claimed;
    }

    private void Start(Sender sender, ClaimedSubmission claimed, CancellationToken sending)
    {
        _idle = FirstIdle;
        _sentCount++;
        _loads.Started(claimed.Submission.Group);
        _sends.Add(SendAsync(sender, claimed, sending));
    }

    private async Task SendAsync(Sender sender, ClaimedSubmission claimed, CancellationToken sending)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        _leases.Add(claimed.Facts);
        try
        {
            await sender.SendAsync(claimed, sending);
        }
        catch (Exception fault)
        {
            // Its outcome is not stored: the lease will run out, and the same request is sent again.
            _logger.WorkFailed("Sending", _channel.Name, fault);
        }
        finally
        {
            _leases.Remove(claimed.Facts);
            _loads.Ended(claimed.Submission.Group);
        }
    }

    private async ValueTask RestAsync(Task woken, CancellationToken cancellationToken)
    {
        var limit = _channel.Options.IdleInterval;
        var rest = _idle < limit ? _idle : limit;
        var wokenOrSent = _sends.Count == 0 ? woken : Task.WhenAny([woken, .. _sends]);
        _idle = await _wakeUp.WaitAsync(wokenOrSent, rest, cancellationToken) ? FirstIdle : rest * 2;
    }
}
