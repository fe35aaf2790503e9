using Clutch.Relational;

namespace Clutch.Outbox.Receiving;

/// <summary>Does the work of a queue. Called concurrently for different operations.</summary>
public interface IOperationHandler
{
    /// <summary>Applies items within the session's open transaction and settles each of them; the worker stores the results in the same transaction and commits.</summary>
    /// <remarks>
    /// Everything it does to the database is undone where it throws; the items are then tried in halves until the bad one stands alone, which fails. To fail an item after
    /// <see cref="VersionGuard"/> has let it in, throw <see cref="OperationItemException"/>: settling it as failed would keep its version as applied. It may run again with the
    /// same items (a crash, a lost lease), so what it does outside of the transaction must be repeatable.
    /// </remarks>
    ValueTask ApplyAsync(OperationBatch batch, RelationalSession session, CancellationToken cancellationToken);
}
