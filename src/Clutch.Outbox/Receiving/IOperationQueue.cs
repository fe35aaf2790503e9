namespace Clutch.Outbox.Receiving;

/// <summary>Takes operations in.</summary>
public interface IOperationQueue
{
    /// <summary>Stores the operation, its items and the key in one transaction; when this returns, a crash loses nothing of it.</summary>
    /// <param name="request">The work.</param>
    /// <param name="key">The key of the HTTP request.</param>
    /// <param name="caller">Whose operation it is.</param>
    /// <param name="cancellationToken">Cancels before the commit.</param>
    /// <exception cref="ArgumentException">There is no such queue, two items have the same id, or a text contains NUL.</exception>
    ValueTask<Acceptance> AcceptAsync(OperationRequest request, IdempotencyKey key, string caller, CancellationToken cancellationToken);

    /// <summary>What became of an earlier request with this key, or null where there was none.</summary>
    ValueTask<Acceptance?> FindAsync(IdempotencyKey key, string caller, CancellationToken cancellationToken);
}
