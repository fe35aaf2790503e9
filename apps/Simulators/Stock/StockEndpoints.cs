using System.Globalization;
using System.Text;
using System.Text.Json;
using Simulators.Faults;

namespace Simulators.Stock;

/// <summary>The external system as its callers see it: a paged summary and a bulk detail call.</summary>
internal sealed class StockEndpoints(SimulatorOptions options, StockCatalogue catalogue, FaultDesk faults, FaultLog log, Pace pace, TimeProvider clock)
{
    private const int MaxPage = 1_000;

    private long _summaryCalls;
    private long _detailCalls;
    private long _detailIds;

    public StockState State
    {
        get
        {
            var entries = catalogue.Snapshot();
            return new StockState(catalogue.Generation, entries.Count, entries.Count(entry => entry.IsDeleted), entries.Count(entry => entry.Kind is StockEntryKind.Bad),
                Interlocked.Read(ref _summaryCalls), Interlocked.Read(ref _detailCalls), Interlocked.Read(ref _detailIds));
        }
    }

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/stock/skus/summary", ListAsync);
        routes.MapGet("/stock/skus/summary/ranges", Ranges);
        routes.MapPost("/stock/skus/details:batchGet", (Delegate)GetDetailsAsync);
    }

    private async Task<IResult> ListAsync(HttpContext context, string? cursor, int? limit, DateTimeOffset? updatedSince, string? from, string? to)
    {
        var call = Interlocked.Increment(ref _summaryCalls);
        var order = faults.Order.Stock;
        if (ReadRange(from, to) is not var (first, end))
            return Problem.Malformed("The ends of a range are ids of SKUs.").ToResult();
        if (cursor is not null && IsDrawn(order.ExpiredCursorRate, call, 1, "summary", "ExpiredCursor"))
            return Problem.CursorExpired.ToResult();
        if (ReadCursor(cursor, first) is not { } after)
            return Problem.Malformed("The cursor is none of ours.").ToResult();

        await pace.WaitAsync(context, options.Latencies.SummaryPage);
        var page = Page(after, end, updatedSince, Math.Clamp(limit ?? MaxPage, 1, MaxPage), call);
        int? total = order.HidesTotal ? null : catalogue.Count(first, end, updatedSince) + order.TotalOff;
        return TypedResults.Json(page with { Total = total }, StockJson.Default.SummaryPage);
    }

    private SummaryPage Page(int after, int end, DateTimeOffset? updatedSince, int limit, long call)
    {
        var order = faults.Order.Stock;
        if (IsDrawn(order.EmptyPageRate, call, 2, "summary", "EmptyPage"))
            return new SummaryPage([], WriteCursor(after, call), null, clock.GetUtcNow());
        if (after > 0 && IsDrawn(order.ShiftedRate, call, 3, "summary", "Shifted"))
            after += 1 + Draw.Below(3, options.Seed, call, 31);
        var entries = catalogue.ListAfter(after, end, updatedSince, limit + 1);
        var next = entries.Count > limit ? WriteCursor(entries[limit - 1].Number) : null;
        if (next is not null && IsDrawn(order.EarlyEndRate, call, 4, "summary", "EarlyEnd"))
            next = null;
        return new SummaryPage([.. Repeated(entries.Take(limit), call).Select(Summarise)], next, null, clock.GetUtcNow());
    }

    private IEnumerable<StockEntry> Repeated(IEnumerable<StockEntry> entries, long call)
    {
        foreach (var entry in entries)
        {
            yield return entry;
            if (IsDrawn(faults.Order.Stock.RepeatedRate, call, 50 + entry.Number, "summary", "Repeated", entry.SkuId))
                yield return entry;
        }
    }

    private SummaryItem Summarise(StockEntry entry) => new(entry.AccountId, entry.SkuId, entry.UpdatedAt, StockEntry.HashOf(entry.Content(options.Seed)));

    private IResult Ranges(int? count)
    {
        var entries = catalogue.ListAfter(0, int.MaxValue, null, int.MaxValue);
        var wanted = Math.Clamp(count ?? 4, 1, Math.Max(1, entries.Count));
        var cuts = Enumerable.Range(1, wanted - 1).Select(index => entries[(int)((long)index * entries.Count / wanted)].SkuId).ToList();
        var ranges = Enumerable.Range(0, wanted).Select(index => new KeyRange(index == 0 ? null : cuts[index - 1], index == wanted - 1 ? null : cuts[index]));
        return TypedResults.Json(new KeyRanges([.. ranges]), StockJson.Default.KeyRanges);
    }

    private async Task<IResult> GetDetailsAsync(HttpContext context)
    {
        var call = Interlocked.Increment(ref _detailCalls);
        if (await ReadIdsAsync(context) is not { } ids)
            return Problem.Malformed("The body must be an object with 'ids', a list of texts.").ToResult();
        if (ids.Count > faults.Order.Stock.MaxIds)
            return Problem.TooMany(faults.Order.Stock.MaxIds).ToResult();

        Interlocked.Add(ref _detailIds, ids.Count);
        await pace.WaitAsync(context, options.Latencies.DetailCall + (options.Latencies.DetailPerId * ids.Count));
        return TypedResults.Json(Answer(ids, call), StockJson.Default.DetailAnswer);
    }

    private DetailAnswer Answer(IReadOnlyList<string> ids, long call)
    {
        var order = faults.Order.Stock;
        var (items, notFound, errors) = (new List<DetailItem>(ids.Count), new List<string>(), new List<DetailError>());
        foreach (var id in ids.Distinct(StringComparer.Ordinal))
        {
            if (StockEntry.NumberOf(id) is not { } number || catalogue.Find(number) is not { IsDeleted: false } entry)
                notFound.Add(id);
            else if (IsDrawn(order.OmittedRate, call, 5 + ((long)number << 8), "details", "Omitted", id))
                continue;
            else if (IsDrawn(order.ErrorRate, call, 6 + ((long)number << 8), "details", "IdError", id))
                errors.Add(new DetailError(id, Problem.ItemFailed));
            else if (IsDrawn(order.UnknownRate, call, 8 + ((long)number << 8), "details", "Unknown", id))
                notFound.Add(id);
            else
                items.Add(Detail(IsDrawn(order.StaleRate, call, 7 + ((long)number << 8), "details", "Stale", id) ? Older(entry) : entry));
        }

        // Matched by id, never by position: so no answer here is in the order of its question.
        items.Reverse();
        return new DetailAnswer(items, notFound, errors);
    }

    private static StockEntry Older(StockEntry entry) => entry with { Revision = Math.Max(1, entry.Revision - 1), UpdatedAt = entry.UpdatedAt.AddSeconds(-1) };

    private DetailItem Detail(StockEntry entry)
    {
        var content = entry.Content(options.Seed);
        using var payload = JsonDocument.Parse(content);
        return new DetailItem(entry.SkuId, entry.AccountId, entry.SkuId, entry.UpdatedAt, StockEntry.HashOf(content), clock.GetUtcNow(), payload.RootElement.Clone());
    }

    private bool IsDrawn(double rate, long call, long salt, string path, string kind, string? subject = null)
    {
        if (rate <= 0 || Draw.Unit(options.Seed, call, salt) >= rate)
            return false;
        log.Record("stock", path, kind, subject: subject);
        return true;
    }

    private static async Task<IReadOnlyList<string>?> ReadIdsAsync(HttpContext context)
    {
        try
        {
            var request = await context.Request.ReadFromJsonAsync(StockJson.Default.DetailRequest, context.RequestAborted);
            return request?.Ids;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The numbers between which a listing goes, both exclusive; null when an end is no SKU. An empty end is open.</summary>
    private static (int First, int End)? ReadRange(string? from, string? to)
    {
        int? first = string.IsNullOrEmpty(from) ? 0 : StockEntry.NumberOf(from) - 1;
        int? end = string.IsNullOrEmpty(to) ? int.MaxValue : StockEntry.NumberOf(to);
        return first is { } low && end is { } high ? (low, high) : null;
    }

    // That of an empty page names the call too: a listing that answers with the cursor it was asked with would never end.
    private static string WriteCursor(int after, long? emptyCall = null) =>
        Convert.ToBase64String(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"after {after} {emptyCall}").TrimEnd()));

    private static int? ReadCursor(string? cursor, int first)
    {
        if (string.IsNullOrEmpty(cursor))
            return first;
        Span<byte> text = stackalloc byte[48];
        return Convert.TryFromBase64String(cursor, text, out var length) && Encoding.ASCII.GetString(text[..length]) is var plain && plain.StartsWith("after ", StringComparison.Ordinal)
            && int.TryParse(plain.Split(' ')[1], NumberStyles.None, CultureInfo.InvariantCulture, out var after) ? after : null;
    }
}
