namespace Clutch.Outbox.Receiving;

/// <summary>What became of a request.</summary>
public enum AcceptanceKind
{
    /// <summary>Its operation is stored, with all items and with the key.</summary>
    Accepted,

    /// <summary>The key was known with the same content: the operation of the first request stands.</summary>
    Replayed,

    /// <summary>The key was known with other content: nothing was stored.</summary>
    KeyReused,

    /// <summary>The queue is full: nothing was stored, the key included.</summary>
    QueueFull,
}

/// <summary>What became of a request.</summary>
/// <param name="Kind">What.</param>
/// <param name="OperationId">The operation, or null where none was stored.</param>
/// <param name="AcceptedCount">How many items it works on.</param>
/// <param name="Rejected">Items that were refused at once.</param>
public sealed record Acceptance(AcceptanceKind Kind, string? OperationId, long AcceptedCount, IReadOnlyList<RejectedItem> Rejected);
