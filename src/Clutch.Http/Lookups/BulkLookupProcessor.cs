using Clutch.Items;

namespace Clutch.Http.Lookups;

/// <summary>Looks up a whole chunk and gives every item its own outcome: kept, filtered or failed.</summary>
/// <param name="lookup">The look-up, shared between chunks.</param>
/// <param name="combine">What an item becomes with what was found, is stale or does not exist; null filters it. Failed ids do not come here: they fail their item.</param>
public sealed class BulkLookupProcessor<TIn, TId, T, TOut>(BulkLookup<TIn, TId, T> lookup, Func<TIn, LookupResult<T>, TOut?> combine) : IItemProcessor<TIn, TOut>
    where TId : notnull
    where TOut : class
{
    /// <inheritdoc/>
    public async ValueTask ProcessAsync(ItemBatch<TIn, TOut> batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var results = await lookup.FindAsync(batch.Items.ToArray(), cancellationToken);
        for (var i = 0; i < results.Count; i++)
            Answer(batch, i, results[i]);
    }

    private void Answer(ItemBatch<TIn, TOut> batch, int index, LookupResult<T> result)
    {
        if (result.Status == LookupStatus.Failed)
            batch.Fail(index, result.Fault!);
        else if (combine(batch[index], result) is { } output)
            batch.Keep(index, output);
        else
            batch.Filter(index);
    }
}
