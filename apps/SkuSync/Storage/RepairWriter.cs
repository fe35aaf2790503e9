using Clutch.Items;
using Clutch.Outbox;
using Clutch.Relational;
using SkuSync.Marketplace;

namespace SkuSync.Storage;

/// <summary>Gives drifted SKUs a version above the target's and puts their whole state into the outbox, in one transaction. A SKU that changed since it was compared is left alone.</summary>
internal sealed class RepairWriter(InterfaceTable table, IOutbox outbox) : IItemWriter<Drift>
{
    public async ValueTask WriteAsync(WriteBatch<Drift> batch, ChunkContext chunk, CancellationToken cancellationToken)
    {
        var transaction = chunk.Relational();
        var drifts = batch.Items.ToArray();
        var byKey = drifts.ToDictionary(drift => drift.Stored.Key, drift => drift.Stored);
        var raised = await table.RaiseAsync(transaction, drifts, cancellationToken);
        if (raised.Count == 0)
            return;
        var messages = raised.Select(sku => byKey[sku.Key] is { IsDeleted: false } stored ? SkuChanges.Changed(sku.Key, sku.Version, stored.Payload) : SkuChanges.Gone(sku.Key, sku.Version));
        await outbox.EnqueueAsync(transaction, messages.ToArray(), cancellationToken);
    }
}
