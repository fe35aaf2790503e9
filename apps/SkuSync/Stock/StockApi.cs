using System.Globalization;
using Clutch.Http;
using Clutch.Http.Lookups;
using Clutch.Http.Paging;
using SkuSync.Catalog;

namespace SkuSync.Stock;

/// <summary>The external stock system: a listing of all SKUs, and their data in bulk. Calls are limited and retried by their channels.</summary>
internal sealed class StockApi(HttpChannel listing, HttpChannel details, SkuOptions options)
{
    /// <summary>The name of the listing's proof in the job's state.</summary>
    public const string Listing = "summary";

    /// <summary>The listing, in these ranges.</summary>
    public PagedSource<ListedSku> Summary(IReadOnlyList<string> ranges, Action beforePage, Action afterPage) => new()
    {
        Name = Listing,
        Key = sku => sku.Key.ToString(),
        Ranges = ranges,
        PageSize = options.SummaryPageSize,
        // Four ranges are four calls at a time: each needs a place for its page.
        ReadAhead = Math.Max(2, ranges.Count),
        // Different keys are counted in the interface table, where each is marked as seen: no list of them in memory.
        CountsDistinct = false,
        Fetch = async (request, cancellationToken) =>
        {
            beforePage();
            var page = await listing.GetJsonAsync(PathOf(request), StockJson.Default.SummaryPage, cancellationToken);
            afterPage();
            return new([.. page.Items.Select(Listed)], page.NextCursor, page.Total);
        },
    };

    /// <summary>Cuts the listing into ranges of about equal size, each as text for <see cref="Summary"/>.</summary>
    public async Task<IReadOnlyList<string>> CutAsync(int count, CancellationToken cancellationToken)
    {
        if (count == 1)
            return [string.Empty];
        var path = string.Create(CultureInfo.InvariantCulture, $"skus/summary/ranges?count={count}");
        var cut = await listing.GetJsonAsync(path, StockJson.Default.SummaryRanges, cancellationToken);
        return [.. cut.Ranges.Select(range => string.Join('&', Bounds(range)))];
    }

    /// <summary>A look-up of SKUs' data. A detail that is older than the listing said is asked for once more.</summary>
    public BulkLookup<ListedSku, string, DetailItem> Details() => new(new()
    {
        Name = "details",
        IdOf = sku => sku.Key.SkuId,
        IdOfFound = item => item.SkuId,
        BatchSize = options.DetailBatchSize,
        IsStale = (listed, item) => item.UpdatedAt < listed.UpdatedAt,
        Fetch = async (ids, cancellationToken) =>
        {
            var answer = await details.PostJsonAsync("skus/details:batchGet", new DetailRequest(ids), StockJson.Default.DetailRequest, StockJson.Default.DetailAnswer, cancellationToken);
            return new(answer.Items, answer.NotFound, [.. answer.Errors.Select(error => new LookupError<string>(error.Id, error.Problem))]);
        },
    });

    private static string PathOf(PageRequest request)
    {
        var query = string.Create(CultureInfo.InvariantCulture, $"skus/summary?limit={request.Limit}");
        if (request.Range.Length > 0)
            query += $"&{request.Range}";
        return request.Cursor is { } cursor ? $"{query}&cursor={Uri.EscapeDataString(cursor)}" : query;
    }

    private static ListedSku Listed(SummaryItem item) =>
        new(new(item.AccountId, item.SkuId), item.Etag ?? item.Hash ?? item.UpdatedAt?.ToString("O", CultureInfo.InvariantCulture), item.UpdatedAt);

    private static IEnumerable<string> Bounds(SummaryRange range)
    {
        if (range.From is { } from)
            yield return $"from={Uri.EscapeDataString(from)}";
        if (range.To is { } to)
            yield return $"to={Uri.EscapeDataString(to)}";
    }
}
