namespace Clutch.Items;

/// <summary>The transaction that holds a chunk's writes, its dead letters and its checkpoint. The engine commits it.</summary>
/// <remarks>Each store's own type gives access to its connection.</remarks>
public interface IChunkTransaction
{
    /// <summary>Sets the savepoint anew; <see cref="ReturnToSavepointAsync"/> keeps everything written before it.</summary>
    ValueTask SetSavepointAsync(CancellationToken cancellationToken);

    /// <summary>Undoes what was written since the savepoint and makes the transaction usable again.</summary>
    ValueTask ReturnToSavepointAsync(CancellationToken cancellationToken);
}
