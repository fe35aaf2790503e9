using Clutch.Items;
using Clutch.Relational;
using SkuSync.Catalog;

namespace SkuSync.Storage;

/// <summary>Gives stored SKUs the hashes of the present rules; versions and messages stay as they are.</summary>
internal sealed class RehashWriter(InterfaceTable table, ContentHash hash) : IItemWriter<StoredSku>
{
    public async ValueTask WriteAsync(WriteBatch<StoredSku> batch, ChunkContext chunk, CancellationToken cancellationToken) =>
        await table.RehashAsync(chunk.Relational(), batch.Items.ToArray().Select(sku => (new VersionedSku(sku.Key, sku.Version), hash.Of(sku.Payload))), cancellationToken);
}
