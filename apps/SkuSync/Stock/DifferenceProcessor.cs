using Clutch.Http.Lookups;
using Clutch.Items;
using SkuSync.Catalog;
using SkuSync.Storage;

namespace SkuSync.Stock;

/// <summary>Keeps the stored SKUs whose content at the source differs under the present rules.</summary>
internal sealed class DifferenceProcessor(BulkLookup<ListedSku, string, DetailItem> details, ContentHash hash) : IItemProcessor<StoredSku, StoredSku>
{
    public async ValueTask ProcessAsync(ItemBatch<StoredSku, StoredSku> batch, CancellationToken cancellationToken)
    {
        var stored = batch.Items.ToArray();
        var found = await details.FindAsync([.. stored.Select(sku => new ListedSku(sku.Key, null, null))], cancellationToken);
        for (var i = 0; i < stored.Length; i++)
        {
            if (IsDifferent(stored[i], found[i]))
                batch.Keep(i, stored[i]);
            else
                batch.Filter(i);
        }
    }

    // What has no hash is not sent by the next run either: it is told as failed there.
    private bool IsDifferent(StoredSku stored, LookupResult<DetailItem> found) =>
        found.Item is { } item && hash.Find(item.Payload) is { } content && (stored.IsDeleted || content != hash.Of(stored.Payload));
}
