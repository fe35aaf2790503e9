using Clutch.Outbox;
using Clutch.Outbox.Administration;
using Clutch.Outbox.Running;
using SkuSync.Storage;

namespace SkuSync.Marketplace;

/// <summary>Sends what is in the outbox, and asks the target what became of it, until all of it has ended.</summary>
internal sealed class Delivery(OutboxRunner runner, IOutbox outbox, IOutboxAdmin admin, WatchedOperations operations, OutboxProgress progress, DatabasePatience patience, TimeProvider timeProvider, ILogger<Delivery> logger)
{
    // Looks in two partial indexes; what it finds late is only the end of the job, not the clocks, which come from the rows.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    /// <summary>Works until everything has ended and <paramref name="hasProducerEnded"/> says that nothing more will come.</summary>
    /// <exception cref="ChannelFaultException">A person must act before the target takes anything. No message is lost or given up by it.</exception>
    /// <exception cref="InvalidOperationException">All that is left waits in a channel or group that an operator paused.</exception>
    public async Task RunAsync(Func<CancellationToken, ValueTask<bool>> hasProducerEnded, CancellationToken cancellationToken)
    {
        await patience.RunAsync(ForgetFaultAsync, cancellationToken);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = runner.RunAsync(SkuChanges.Channel, ending.Token);
        try
        {
            await WaitUntilSettledAsync(running, hasProducerEnded, cancellationToken);
        }
        finally
        {
            await ending.CancelAsync();
            await ((Task)running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // Who starts a delivery has repaired what the last one met, or wants to hear of it anew.
    private async Task ForgetFaultAsync(CancellationToken cancellationToken)
    {
        operations.Forget();
        var known = await admin.GetBacklogAsync(SkuChanges.Channel, cancellationToken);
        if (known is { Fault: not null, PausedAt: null })
            await admin.ResumeAsync(SkuChanges.Channel, group: null, cancellationToken);
    }

    private async Task WaitUntilSettledAsync(Task running, Func<CancellationToken, ValueTask<bool>> hasProducerEnded, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval, timeProvider);
        do
        {
            if (running.IsCompleted)
                await running;
            if (await patience.RunAsync(token => HasEndedAsync(hasProducerEnded, token), cancellationToken))
                return;
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    private async Task<bool> HasEndedAsync(Func<CancellationToken, ValueTask<bool>> hasProducerEnded, CancellationToken cancellationToken)
    {
        if (await progress.FindFaultAsync(cancellationToken) is { } fault)
        {
            logger.ChannelFaulted(SkuChanges.Channel, fault);
            throw new ChannelFaultException(fault);
        }

        if (operations.Fault is { } silence)
            throw new ChannelFaultException(silence);

        // In this order: what the producer enqueued last is seen by the look that follows its end.
        if (!await hasProducerEnded(cancellationToken))
            return false;
        // No company comes any more: a second saved at the end of each run.
        outbox.Flush(SkuChanges.Channel);
        if (!await progress.IsUnsettledAsync(cancellationToken))
            return true;
        // A person paused it, and nobody knows when that person comes back.
        if (await progress.FindPauseAsync(cancellationToken) is { } paused)
            throw WaitsFor(paused);
        return false;
    }

    private static InvalidOperationException WaitsFor(PausedSending paused) => new(paused.Group is { } group
        ? $"An operator paused group '{group}' of channel '{SkuChanges.Channel}', and its changes wait; none is lost. While 'SkuSync serve' runs, " +
          $"'clutch outbox resume {SkuChanges.Channel} --group {group} --reason \"...\"' resumes it; then 'SkuSync run relay' sends what waits."
        : $"An operator paused channel '{SkuChanges.Channel}', and all changes wait; none is lost. While 'SkuSync serve' runs, its dashboard (Outbox) or " +
          $"'clutch outbox resume {SkuChanges.Channel} --reason \"...\"' resumes it; then 'SkuSync run relay' sends what waits.");
}

/// <summary>The target takes nothing until a person acts.</summary>
internal sealed class ChannelFaultException(string fault)
    : Exception($"The fulfilment API takes nothing, or cannot tell what became of what it took: {fault} No change is lost or given up: once that is repaired, 'SkuSync run relay' sends what waits.");
