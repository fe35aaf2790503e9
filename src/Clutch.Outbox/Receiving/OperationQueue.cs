using Clutch.Outbox.Faults;
using Clutch.Relational;

namespace Clutch.Outbox.Receiving;

/// <summary>Takes operations in, and wakes their workers.</summary>
internal sealed class OperationQueue(OperationStore store, ReceivingOptions options, ReceivingQueues queues, IOutboxFaults? faults) : IOperationQueue
{
    public async ValueTask<Acceptance> AcceptAsync(OperationRequest request, IdempotencyKey key, string caller, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(key);
        Check(request);
        var id = Guid.CreateVersion7().ToString();
        await using var session = await store.Database.OpenSessionAsync(cancellationToken);
        await session.BeginAsync(cancellationToken);
        if (!await store.TryInsertRecordAsync(session, key, id, cancellationToken))
        {
            var record = await store.FindRecordAsync(session, key, cancellationToken);
            await session.RollbackAsync(cancellationToken);
            return await ReplayAsync(key, caller, record, cancellationToken) ?? throw new InvalidOperationException($"Key '{key.Key}' was taken and is gone: it expired this very moment. Send the request again.");
        }

        if (await IsFullAsync(session, request, cancellationToken))
        {
            await session.RollbackAsync(cancellationToken);
            return new(AcceptanceKind.QueueFull, null, 0, []);
        }

        await store.InsertAsync(session, id, caller, request, key.Window, cancellationToken);
        faults?.Reach(ReceivingFaultPoints.InsideAccept);
        await session.CommitAsync(cancellationToken);
        faults?.Reach(ReceivingFaultPoints.AfterAccept);
        queues.Wake(request.Queue);
        return new(AcceptanceKind.Accepted, id, request.Items.Count, request.Rejected);
    }

    public async ValueTask<Acceptance?> FindAsync(IdempotencyKey key, string caller, CancellationToken cancellationToken) =>
        await ReplayAsync(key, caller, await store.FindRecordAsync(key, cancellationToken), cancellationToken);

    private async ValueTask<Acceptance?> ReplayAsync(IdempotencyKey key, string caller, string[]? record, CancellationToken cancellationToken)
    {
        if (record is null)
            return null;
        if (record[0] != key.Fingerprint)
            return new(AcceptanceKind.KeyReused, null, 0, []);
        var operation = (await store.FindAsync([record[1]], caller, cancellationToken)).SingleOrDefault();
        return operation is null ? null : new(AcceptanceKind.Replayed, operation.Id, operation.ItemCount, operation.RejectedItems);
    }

    private async ValueTask<bool> IsFullAsync(RelationalSession session, OperationRequest request, CancellationToken cancellationToken)
    {
        await store.LockQueueAsync(session, request.Queue, cancellationToken);
        var open = await store.CountOpenItemsAsync(session, request.Queue, cancellationToken);
        // One request of any size goes into an empty queue: else it could never be accepted.
        return open > 0 && open + request.Items.Count > options.MaxPendingItems;
    }

    private void Check(OperationRequest request)
    {
        if (!queues.Names.Contains(request.Queue))
            throw new ArgumentException($"There is no queue '{request.Queue}'. Add it with AddQueue; there are: {string.Join(", ", queues.Names)}.", nameof(request));
        if (request.FindUnstorable() is { } fault)
            throw new ArgumentException($"{fault} Refuse such a request with 400 before it is accepted.", nameof(request));
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in request.Items)
        {
            if (!ids.Add(item.ItemId))
                throw new ArgumentException($"Two items have the id '{item.ItemId}'. Refuse such a request with 400 before it is accepted.", nameof(request));
        }
    }
}
