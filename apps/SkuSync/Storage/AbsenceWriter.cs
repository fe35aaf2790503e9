using Clutch.Items;
using Clutch.Outbox;
using Clutch.Relational;
using SkuSync.Catalog;
using SkuSync.Marketplace;

namespace SkuSync.Storage;

/// <summary>Writes what the detail API says of SKUs that a complete listing did not name: counts a missing run, or takes them as alive after all.</summary>
internal sealed class AbsenceWriter(long run, InterfaceTable table, IOutbox outbox) : IItemWriter<SkuObservation>
{
    public async ValueTask WriteAsync(WriteBatch<SkuObservation> batch, ChunkContext chunk, CancellationToken cancellationToken)
    {
        var transaction = chunk.Relational();
        var observed = batch.Items.ToArray();
        await KeepAliveAsync(transaction, [.. observed.OfType<SkuObservation.Fetched>()], cancellationToken);
        await table.MarkMissingAsync(
            transaction,
            run,
            observed.Where(sku => sku is not SkuObservation.Fetched).Select(sku => sku.Key),
            observed.OfType<SkuObservation.NotFound>().Select(sku => sku.Key),
            cancellationToken);
        var unconfirmed = observed.OfType<SkuObservation.Failed>().Select(failed => SkuGap.Of(failed, GapReason.Unconfirmed)).ToList();
        if (unconfirmed.Count > 0)
            await table.SaveGapsAsync(transaction, run, unconfirmed, cancellationToken);
    }

    private async ValueTask KeepAliveAsync(IRelationalChunk chunk, List<SkuObservation.Fetched> alive, CancellationToken cancellationToken)
    {
        if (alive.Count == 0)
            return;
        var payloads = alive.ToDictionary(sku => sku.Key, sku => sku.Payload);
        var changed = await table.StoreAsync(chunk, run, alive, [], cancellationToken);
        if (changed.Count > 0)
            await outbox.EnqueueAsync(chunk, changed.Select(sku => SkuChanges.Changed(sku.Key, sku.Version, payloads[sku.Key])).ToArray(), cancellationToken);
    }
}
