namespace Clutch.Outbox.Running;

/// <summary>Relay and poller of a channel together.</summary>
public sealed class OutboxRunner
{
    private readonly OutboxRelay _relay;
    private readonly OperationPoller _poller;
    private readonly OutboxSweeper _sweeper;

    internal OutboxRunner(OutboxRelay relay, OperationPoller poller, OutboxSweeper sweeper)
    {
        _relay = relay;
        _poller = poller;
        _sweeper = sweeper;
    }

    /// <summary>Sends, polls and sweeps until cancelled.</summary>
    /// <exception cref="ArgumentException">There is no such channel.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task RunAsync(string channel, CancellationToken cancellationToken)
    {
        // One that fails for good takes the others with it: half an outbox is none.
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task[] parts = [_relay.RunAsync(channel, either.Token), _poller.RunAsync(channel, either.Token), _sweeper.RunAsync(channel, either.Token)];
        var first = await Task.WhenAny(parts);
        await either.CancelAsync();
        await Task.WhenAll(parts).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await first;
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Sends and polls until every message of the channel has ended, retries within <see cref="Channels.SendRetryOptions.MaxDelay"/> included, or the channel is stopped, then sweeps once; for a step of a job.</summary>
    /// <exception cref="ArgumentException">There is no such channel.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task<OutboxDrain> DrainAsync(string channel, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var relay = _relay.RunUntilAsync(channel, static backlog => backlog.IsEmpty || backlog.IsStopped, either.Token);
        var poller = _poller.RunUntilAsync(channel, backlog => backlog.IsEmpty || (!backlog.HasOperations && relay.IsCompleted), either.Token);
        try
        {
            await await Task.WhenAny(relay, poller);
            // The relay waits for what is at work; where the target cannot be asked for it, that would be for ever.
            if (!poller.IsCompleted || (await poller).End is not DrainEnd.Faulted)
                await Task.WhenAll(relay, poller);
        }
        finally
        {
            await either.CancelAsync();
            await Task.WhenAll((Task)relay, poller).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        cancellationToken.ThrowIfCancellationRequested();
        // Where all that ever runs is a drain, nobody else fails what was not sent in time and deletes what ended long ago.
        await _sweeper.TrySweepAsync(channel, cancellationToken);
        return await poller is { End: DrainEnd.Faulted } stopped ? stopped : await relay;
    }
}
