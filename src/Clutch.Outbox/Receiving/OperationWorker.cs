using System.Data.Common;
using Clutch.Http;
using Clutch.Outbox.Faults;
using Clutch.Outbox.Operations;
using Clutch.Relational;
using Clutch.Repository;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Clutch.Outbox.Receiving;

/// <summary>Works operations off: claims one with a lease, applies its items slice by slice, each slice with its results in one transaction.</summary>
internal sealed class OperationWorker(
    OperationStore store, ReceivingOptions options, ReceivingQueues queues, IServiceProvider services, TimeProvider timeProvider, ILogger<OperationWorker> logger, IOutboxFaults? faults) : BackgroundService
{
    private readonly string _owner = $"{Environment.MachineName}:{Environment.ProcessId}";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var loops = queues.Names.SelectMany(queue => Enumerable.Range(0, options.Workers).Select(_ => LoopAsync(queue, stoppingToken)));
        await Task.WhenAll([.. loops, SweepAsync(stoppingToken)]);
    }

    private async Task LoopAsync(string queue, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                if (!await TryWorkAsync(queue, cancellationToken))
                    await queues.WaitAsync(queue, options.IdleInterval, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                // The loop must live: the operation keeps its lease and is taken up again when that is over.
                logger.WorkFailed(queue, fault);
                await Task.Delay(options.IdleInterval, timeProvider, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async ValueTask<bool> TryWorkAsync(string queue, CancellationToken cancellationToken)
    {
        if (await store.ClaimAsync(queue, _owner, options.LeaseDuration, cancellationToken) is not { } operation)
            return false;
        faults?.Reach(ReceivingFaultPoints.AfterClaim);
        try
        {
            await WorkAsync(operation, cancellationToken);
        }
        catch (Exception)
        {
            // Ended or interrupted: another worker need not wait for the lease. If this fails too, it waits.
            await TryReleaseAsync(operation);
            throw;
        }

        return true;
    }

    private async Task WorkAsync(StoredOperation operation, CancellationToken cancellationToken)
    {
        var handler = queues.HandlerOf(operation.Queue, services);
        while (true)
        {
            var items = await store.ListOpenItemsAsync(operation.Id, options.SliceSize, cancellationToken);
            if (items.Count == 0 || operation.IsCancelRequested)
            {
                await store.FinishAsync(operation, isCancelled: items.Count > 0, options.Window, cancellationToken);
                return;
            }

            var answer = await ApplyAsync(handler, operation, items, cancellationToken);
            if (answer == SliceAnswer.Lost)
            {
                logger.OperationLost(operation.Id);
                return;
            }

            faults?.Reach(ReceivingFaultPoints.AfterSlice);
            if (answer == SliceAnswer.Cancel && (await store.ListOpenItemsAsync(operation.Id, 1, cancellationToken)).Count > 0)
            {
                await store.FinishAsync(operation, isCancelled: true, options.Window, cancellationToken);
                return;
            }
        }
    }

    /// <summary>Applies a slice; where the handler throws, halves of it, until the bad item stands alone.</summary>
    private async Task<SliceAnswer> ApplyAsync(IOperationHandler handler, StoredOperation operation, IReadOnlyList<StoredItem> items, CancellationToken cancellationToken)
    {
        try
        {
            return await TryApplyAsync(handler, operation, items, cancellationToken);
        }
        catch (OperationItemException fault) when (fault.Index >= 0 && fault.Index < items.Count)
        {
            var failed = await FailAsync(operation, items[fault.Index], fault.Problem, cancellationToken);
            var others = items.Where((_, i) => i != fault.Index).ToArray();
            return failed != SliceAnswer.GoOn || others.Length == 0 ? failed : await ApplyAsync(handler, operation, others, cancellationToken);
        }
        catch (Exception fault) when (IsOfTheItems(fault, cancellationToken) && items.Count > 1)
        {
            var half = items.Count / 2;
            var first = await ApplyAsync(handler, operation, [.. items.Take(half)], cancellationToken);
            return first != SliceAnswer.GoOn ? first : await ApplyAsync(handler, operation, [.. items.Skip(half)], cancellationToken);
        }
        catch (Exception fault) when (IsOfTheItems(fault, cancellationToken))
        {
            logger.ItemFailed(operation.Id, items[0].Item.ItemId, fault);
            return await FailAsync(operation, items[0], Problems.ItemFailed(fault), cancellationToken);
        }
    }

    // A time-out of the handler's own, or of a service it asks, counts against its items; the worker's stop and an outage of the database do not.
    private bool IsOfTheItems(Exception fault, CancellationToken cancellationToken) =>
        !(fault is OperationCanceledException && cancellationToken.IsCancellationRequested) && !(fault is DbException or RepositoryException && store.Database.IsTransient(fault));

    private async Task<SliceAnswer> TryApplyAsync(IOperationHandler handler, StoredOperation operation, IReadOnlyList<StoredItem> items, CancellationToken cancellationToken)
    {
        var batch = new OperationBatch(operation, items);
        await using var session = await store.Database.OpenSessionAsync(cancellationToken);
        await session.BeginAsync(cancellationToken);
        await ApplyAsync(handler, operation, batch, session, cancellationToken);
        faults?.Reach(ReceivingFaultPoints.InsideApply);
        return AnswerOf(await store.CommitAsync(session, operation, batch.TakeResults(), options.LeaseDuration, cancellationToken));
    }

    // A slice may take longer than the lease: without renewal another worker would begin it anew, as slowly, and none ever commit.
    private async Task ApplyAsync(IOperationHandler handler, StoredOperation operation, OperationBatch batch, RelationalSession session, CancellationToken cancellationToken)
    {
        using var renewing = new CancellationTokenSource();
        var renewal = store.RenewsWithinSlices ? RenewAsync(operation, renewing.Token) : Task.CompletedTask;
        try
        {
            await handler.ApplyAsync(batch, session, cancellationToken);
        }
        finally
        {
            await renewing.CancelAsync();
            await renewal;
        }
    }

    private async Task RenewAsync(StoredOperation operation, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                // At a third of its length: two renewals may be lost before another worker takes over.
                await Task.Delay(options.LeaseDuration / 3, timeProvider, cancellationToken);
                await store.RenewAsync(operation, options.LeaseDuration, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault)
            {
                logger.RenewFailed(operation.Id, fault);
            }
        }
    }

    private async Task<SliceAnswer> FailAsync(StoredOperation operation, StoredItem item, HttpProblem problem, CancellationToken cancellationToken)
    {
        await using var session = await store.Database.OpenSessionAsync(cancellationToken);
        await session.BeginAsync(cancellationToken);
        var result = new StoredResult(operation.Id, item.Ordinal, ItemOutcome.Failed, problem.IsRetryable ?? false, problem);
        return AnswerOf(await store.CommitAsync(session, operation, [result], options.LeaseDuration, cancellationToken));
    }

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(options.SweepInterval, timeProvider);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
                await TrySweepAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The service stops.
        }
    }

    private async Task TrySweepAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (await store.SweepAsync(5_000, cancellationToken) > 0)
            {
                // Small transactions: what is accepted meanwhile need not wait.
            }
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            logger.SweepFailed(fault);
        }
    }

    private async Task TryReleaseAsync(StoredOperation operation)
    {
        try
        {
            await store.ReleaseAsync(operation, CancellationToken.None);
        }
        catch (Exception fault)
        {
            logger.ReleaseFailed(operation.Id, fault);
        }
    }

    private static SliceAnswer AnswerOf(string? guard) => guard switch
    {
        null => SliceAnswer.Lost,
        "cancel" => SliceAnswer.Cancel,
        _ => SliceAnswer.GoOn,
    };

    private enum SliceAnswer
    {
        GoOn,
        Cancel,
        Lost,
    }
}
