namespace Clutch.Items;

/// <summary>Turns the items of a chunk into outputs, seeing the whole chunk, and says what became of each item.</summary>
/// <remarks>
/// With a concurrency above 1, several chunks are in the same processor at a time, so it must be safe for that. After a transient fault it is
/// called again with just the items that failed.
/// </remarks>
public interface IItemProcessor<TIn, TOut>
{
    /// <summary>Gives every item of the batch an outcome: keep, filter or fail.</summary>
    /// <remarks>An exception fails all items without an outcome.</remarks>
    ValueTask ProcessAsync(ItemBatch<TIn, TOut> batch, CancellationToken cancellationToken);
}
