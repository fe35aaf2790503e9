using Clutch.Outbox.Storage;
using Clutch.Outbox.Telemetry;
using Microsoft.Extensions.Logging;

namespace Clutch.Outbox.Running;

/// <summary>One poller at work in one channel: takes due operations in batches, asks for several batches side by side.</summary>
internal sealed class PollerLoop(OutboxStore store, Channel channel, WakeUp wakeUp, TimeProvider timeProvider, ILogger logger)
{
    private readonly HeldLeases _leases = new(store, channel, LoopIdentity.Create(), timeProvider, logger);
    private readonly List<Task> _questions = [];
    private long _askedCount;
    private volatile Problem? _toRepair;

    public async Task<OutboxDrain> RunAsync(Func<Backlog, bool>? isDone, CancellationToken cancellationToken)
    {
        using var renewing = new CancellationTokenSource();
        var renewal = _leases.RenewAsync(renewing.Token);
        try
        {
            await LoopAsync(isDone, cancellationToken);
        }
        finally
        {
            await Task.WhenAll(_questions);
            await renewing.CancelAsync();
            await renewal;
        }

        return _toRepair is { } problem ? new(DrainEnd.Faulted, problem, _askedCount) : new(DrainEnd.Idle, null, _askedCount);
    }

    private async Task LoopAsync(Func<Backlog, bool>? isDone, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var woken = wakeUp.NextAsync(channel.PollerName);
            try
            {
                await MakeRoomAsync(cancellationToken);
                if (await ClaimAsync(cancellationToken) is { Count: > 0 } operations)
                    _questions.Add(AskAsync(operations, cancellationToken));
                else if (isDone is not null && _questions.Count == 0 && (_toRepair is not null || isDone(await Backlog.ReadAsync(store, channel.Name, channel.Options.Retry.MaxDelay, cancellationToken))))
                    return;
                else
                    await RestAsync(woken, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault) when (store.IsTransient(fault))
            {
                logger.WorkFailed("Claiming operations", channel.Name, fault);
                // Without a look into the database, which would fail in the same way and end this loop.
                await wakeUp.WaitAsync(woken, channel.Options.IdleInterval, cancellationToken);
            }
        }
    }

    private async ValueTask MakeRoomAsync(CancellationToken cancellationToken)
    {
        _questions.RemoveAll(static question => question.IsCompleted);
        while (_questions.Count >= channel.Options.Poll.MaxConcurrency)
        {
            await Task.WhenAny(_questions).WaitAsync(cancellationToken);
            _questions.RemoveAll(static question => question.IsCompleted);
        }
    }

    // Asking takes no lock: an idle poller must not keep writers from a SQLite file.
    private async ValueTask<IReadOnlyList<ClaimedOperation>> ClaimAsync(CancellationToken cancellationToken)
    {
        if (channel.Operations is null || await store.FindNextOperationAsync(channel.Name, cancellationToken) is not { } next || next > TimeSpan.Zero)
            return [];
        var options = channel.Options;
        return await store.ClaimOperationsAsync(channel.Name, options.Poll.BatchSize, options.LeaseDuration, _leases.Owner, cancellationToken);
    }

    private async Task AskAsync(IReadOnlyList<ClaimedOperation> operations, CancellationToken cancellationToken)
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        Interlocked.Add(ref _askedCount, operations.Count);
        // A question may take longer than the lease; without renewal it would be asked again meanwhile, and its answer fail the fence.
        foreach (var operation in operations)
            _leases.Add(operation.Facts);
        try
        {
            _toRepair = await new Questioner(store, channel, wakeUp, timeProvider, logger).AskAsync(operations, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await ReleaseAsync(operations);
        }
        catch (Exception fault)
        {
            // Their lease will run out, and they are asked for again.
            logger.WorkFailed("Polling", channel.Name, fault);
        }
        finally
        {
            foreach (var operation in operations)
                _leases.Remove(operation.Facts);
        }
    }

    // Whoever stops leaves what it had not heard of yet to the others at once, not when its lease is over. A fence that went on means that another has it already.
    private async ValueTask ReleaseAsync(IReadOnlyList<ClaimedOperation> operations)
    {
        try
        {
            await store.RescheduleAsync([.. operations.Select(static operation => new NextQuestion(operation.Facts.Id, operation.Facts.Fence, 0, Polls: 0))], CancellationToken.None);
        }
        catch (Exception fault)
        {
            // Then their lease will run out.
            logger.WorkFailed("Handing back operations", channel.Name, fault);
        }
    }

    private async ValueTask RestAsync(Task woken, CancellationToken cancellationToken)
    {
        var idle = channel.Options.IdleInterval;
        var rest = channel.Operations is not null && await store.FindNextOperationAsync(channel.Name, cancellationToken) is { } next && next < idle ? next : idle;
        // A clock that stands a little behind the database's must not make this loop spin.
        var least = TimeSpan.FromMilliseconds(5);
        await wakeUp.WaitAsync(_questions.Count == 0 ? woken : Task.WhenAny([woken, .. _questions]), rest < least ? least : rest, cancellationToken);
    }
}
