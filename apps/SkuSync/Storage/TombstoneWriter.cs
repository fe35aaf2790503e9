using Clutch.Items;
using Clutch.Outbox;
using Clutch.Outbox.Faults;
using Clutch.Relational;
using SkuSync.Catalog;
using SkuSync.Marketplace;

namespace SkuSync.Storage;

/// <summary>Turns SKUs into tombstones and tells the target, in one transaction. A tombstone keeps its version: a SKU that comes back goes on with it.</summary>
internal sealed class TombstoneWriter(long run, InterfaceTable table, IOutbox outbox, IOutboxFaults? faults) : IItemWriter<SkuKey>
{
    public async ValueTask WriteAsync(WriteBatch<SkuKey> batch, ChunkContext chunk, CancellationToken cancellationToken)
    {
        var transaction = chunk.Relational();
        var buried = await table.BuryAsync(transaction, run, batch.Items.ToArray(), cancellationToken);
        faults?.Reach(SkuFaultPoints.InsideDelete);
        if (buried.Count > 0)
            await outbox.EnqueueAsync(transaction, buried.Select(sku => SkuChanges.Gone(sku.Key, sku.Version)).ToArray(), cancellationToken);
    }
}
