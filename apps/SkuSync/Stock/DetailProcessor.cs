using Clutch.Http;
using Clutch.Http.Lookups;
using Clutch.Items;
using Clutch.Outbox.Faults;
using SkuSync.Catalog;
using SkuSync.Storage;

namespace SkuSync.Stock;

/// <summary>Finds out what became of a chunk of listed SKUs: passes over those whose stamp is the stored one, and asks for the data of all others, with as few calls as the stock API allows.</summary>
/// <remarks>A round trip to the database a chunk; its calls run side by side. An SKU whose data cannot be had is noted, and does not hold up the others: where all are asked for (<paramref name="known"/> is null), a call that fails is halved.</remarks>
internal sealed class DetailProcessor(BulkLookup<ListedSku, string, DetailItem> details, InterfaceTable? known, ContentHash hash, IOutboxFaults? faults) : IItemProcessor<ListedSku, SkuObservation>
{
    // So many calls may fail in vain, none of them good, before a server that is ill is no longer asked in halves.
    private const int MostSplits = 32;

    private int _splits;

    public async ValueTask ProcessAsync(ItemBatch<ListedSku, SkuObservation> batch, CancellationToken cancellationToken)
    {
        var listed = batch.Items.ToArray();
        var unchanged = await FindUnchangedAsync(listed, cancellationToken);
        var asked = listed.Where(sku => !unchanged.Contains(sku)).Distinct();
        var answers = await Task.WhenAll(asked.Chunk(details.BatchSize).Select(part => AskAsync(part, cancellationToken)));
        var observed = answers.SelectMany(answer => answer).ToDictionary(answer => answer.Listed, answer => answer.Observed);
        faults?.Reach(SkuFaultPoints.AfterDetail);
        for (var i = 0; i < listed.Length; i++)
            batch.Keep(i, unchanged.Contains(listed[i]) ? new SkuObservation.Unchanged(listed[i]) : observed[listed[i]]);
    }

    private async ValueTask<HashSet<ListedSku>> FindUnchangedAsync(ListedSku[] listed, CancellationToken cancellationToken)
    {
        if (known is null)
            return [];
        var stored = await known.FindKnownAsync([.. listed.Select(sku => sku.Key)], cancellationToken);
        return [.. listed.Where(sku => stored.GetValueOrDefault(sku.Key) is { IsDeleted: false, Stamp: { } stamp } && stamp == sku.Stamp)];
    }

    private async Task<(ListedSku Listed, SkuObservation Observed)[]> AskAsync(ListedSku[] asked, CancellationToken cancellationToken)
    {
        try
        {
            var results = await details.FindAsync(asked, cancellationToken);
            Interlocked.Exchange(ref _splits, 0);
            return [.. asked.Select((sku, i) => (sku, Observe(sku, results[i])))];
        }
        catch (HttpFaultException fault) when (IsOfTheCall(fault) && known is null && asked.Length > 1 && Interlocked.Increment(ref _splits) <= MostSplits)
        {
            // One SKU may be what the server cannot answer for.
            var halves = await Task.WhenAll(asked.Chunk((asked.Length + 1) / 2).Select(half => AskAsync(half, cancellationToken)));
            return [.. halves.SelectMany(half => half)];
        }
        catch (HttpFaultException fault) when (IsOfTheCall(fault))
        {
            // The call as a whole failed, and so did its retries. What would fail for every call (a wrong address, a server that is away) ends the run instead.
            return Array.ConvertAll(asked, sku => (sku, (SkuObservation)new SkuObservation.Failed(sku, fault.Message)));
        }
    }

    private static bool IsOfTheCall(HttpFaultException fault) => fault.Kind is HttpFaultKind.Unknown or HttpFaultKind.Protocol or HttpFaultKind.Gone;

    private SkuObservation Observe(ListedSku listed, LookupResult<DetailItem> result) => result.Status switch
    {
        LookupStatus.NotFound => new SkuObservation.NotFound(listed),
        LookupStatus.Failed => new SkuObservation.Failed(listed, result.Fault!.Message),
        // Another account's SKU under the same id: the stock API breaks its contract, and its data must not be sent under this account.
        _ when result.Item!.AccountId != listed.Key.AccountId => new SkuObservation.Failed(listed, $"The detail of '{listed.Key}' came for account '{result.Item.AccountId}'."),
        var status when hash.Find(result.Item.Payload) is { } content => new SkuObservation.Fetched(
            listed,
            result.Item.Payload.GetRawText(),
            content,
            status is not LookupStatus.Stale && IsOfOneMoment(listed, result.Item) ? listed.Stamp : null,
            result.Item.UpdatedAt ?? listed.UpdatedAt,
            status is LookupStatus.Stale),
        _ => new SkuObservation.Failed(
            listed, $"The detail of '{listed.Key}' holds half of a surrogate pair in a text, or a number whose exponent is beyond 64 bits; no two programs read that alike. Mend the SKU in the stock system."),
    };

    // The stamp tells of the content only where both are of one moment: a SKU that changed between listing and detail, and then back, would keep a content that its stamp denies. Without a stamp the next run
    // asks for it again.
    private static bool IsOfOneMoment(ListedSku listed, DetailItem detail) => detail.UpdatedAt is { } at && listed.UpdatedAt is { } listedAt
        ? at == listedAt
        : (detail.Etag ?? detail.Hash) is not { } mark || mark == listed.Stamp;
}
