using Clutch.Items;
using SkuSync.Catalog;
using SkuSync.Storage;

namespace SkuSync.Marketplace;

/// <summary>A SKU whose state at the target is not the stored one.</summary>
/// <param name="Stored">The SKU as the interface table has it.</param>
/// <param name="TargetVersion">The target's version, 0 where it never had the SKU: the repair needs a higher one.</param>
internal sealed record Drift(StoredSku Stored, long TargetVersion);

/// <summary>Keeps the SKUs that differ at the target, apart from those whose latest change still moves or has failed: these are the outbox's affair.</summary>
internal sealed class DriftProcessor(FulfilmentApi fulfilment, InterfaceTable table, ContentHash hash) : IItemProcessor<StoredSku, Drift>
{
    public async ValueTask ProcessAsync(ItemBatch<StoredSku, Drift> batch, CancellationToken cancellationToken)
    {
        var stored = batch.Items.ToArray();
        var keys = stored.Select(sku => sku.Key).ToList();
        // Before the target is asked: a change that arrives there between the two questions would seem to be missing, and nothing on its way.
        var open = await table.FindOpenAsync(keys, cancellationToken);
        var target = await fulfilment.FindStatesAsync(keys, cancellationToken);
        for (var i = 0; i < stored.Length; i++)
        {
            var state = target.GetValueOrDefault(stored[i].Key);
            if (IsAlike(stored[i], state) || open.Contains(stored[i].Key))
                batch.Filter(i);
            else
                batch.Keep(i, new(stored[i], state?.Version ?? 0));
        }
    }

    private bool IsAlike(StoredSku stored, TargetState? state)
    {
        if (state is null)
            return stored.IsDeleted;
        if (stored.IsDeleted || state.Deleted)
            return stored.IsDeleted == state.Deleted;
        return state.Version == stored.Version && (state.Payload is not { } payload || hash.Find(payload) == hash.Of(stored.Payload));
    }
}
