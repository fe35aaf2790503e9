using Clutch.Items;
using Clutch.Outbox;
using Clutch.Outbox.Faults;
using Clutch.Relational;
using SkuSync.Catalog;
using SkuSync.Marketplace;

namespace SkuSync.Storage;

/// <summary>Writes what a chunk found: interface table, outbox and gaps, in the chunk's transaction.</summary>
/// <remarks>Two round trips to the database a chunk, one more where there are gaps; no HTTP inside.</remarks>
internal sealed class ObservationWriter(long run, InterfaceTable table, IOutbox outbox, IOutboxFaults? faults) : IItemWriter<SkuObservation>
{
    /// <summary>Whether the SKUs written are gaps of an earlier step, to be closed where they were had.</summary>
    public bool ClosesGaps { get; init; }

    public async ValueTask WriteAsync(WriteBatch<SkuObservation> batch, ChunkContext chunk, CancellationToken cancellationToken)
    {
        var transaction = chunk.Relational();
        var observed = batch.Items.ToArray();
        var fetched = observed.OfType<SkuObservation.Fetched>().ToList();
        // What is listed is alive, whatever the detail API says: only what a complete listing does not name may be deleted.
        var seen = observed.Where(sku => sku is not SkuObservation.Fetched).Select(sku => sku.Key);

        var changed = await table.StoreAsync(transaction, run, fetched, seen, cancellationToken);
        faults?.Reach(SkuFaultPoints.InsideStore);
        await EnqueueAsync(transaction, fetched, changed, cancellationToken);
        await NoteGapsAsync(transaction, observed, fetched, cancellationToken);
    }

    private async ValueTask EnqueueAsync(IRelationalChunk chunk, List<SkuObservation.Fetched> fetched, IReadOnlyList<VersionedSku> changed, CancellationToken cancellationToken)
    {
        if (changed.Count == 0)
            return;
        var payloads = fetched.GroupBy(sku => sku.Key).ToDictionary(group => group.Key, group => group.MaxBy(sku => sku.UpdatedAt)!.Payload);
        var messages = changed.Select(sku => SkuChanges.Changed(sku.Key, sku.Version, payloads[sku.Key])).ToArray();
        await outbox.EnqueueAsync(chunk, messages, cancellationToken);
    }

    private async ValueTask NoteGapsAsync(IRelationalChunk chunk, SkuObservation[] observed, List<SkuObservation.Fetched> fetched, CancellationToken cancellationToken)
    {
        var had = fetched.Where(sku => !sku.IsStale).Select(sku => sku.Key).ToList();
        if (ClosesGaps && had.Count > 0)
            await table.CloseGapsAsync(chunk, run, had, cancellationToken);
        var gaps = observed.Select(GapOf).OfType<SkuGap>().DistinctBy(gap => gap.Listed.Key).ToList();
        if (gaps.Count > 0)
            await table.SaveGapsAsync(chunk, run, gaps, cancellationToken);
    }

    private static SkuGap? GapOf(SkuObservation observed) => observed switch
    {
        SkuObservation.Failed failed => SkuGap.Of(failed, GapReason.Failed),
        SkuObservation.NotFound => new(observed.Listed, GapReason.NotFound, null),
        SkuObservation.Fetched { IsStale: true } => new(observed.Listed, GapReason.Stale, null),
        _ => null,
    };
}
