using System.Security.Cryptography;
using System.Text.Json;
using Simulators.Faults;

namespace Simulators.Fulfilment;

/// <summary>Reads and validates a submission: what concerns the whole request is found before anything is stored.</summary>
internal sealed class SubmissionReader(FaultDesk faults)
{
    /// <summary>The submission, or the problem with it.</summary>
    public async Task<(Submission? Submission, Problem? Problem)> ReadAsync(HttpRequest request)
    {
        if (request.Headers["Idempotency-Key"].ToString().Trim('"') is not { Length: > 0 } key)
            return (null, Problem.KeyMissing);
        using var buffer = new MemoryStream();
        await request.Body.CopyToAsync(buffer, request.HttpContext.RequestAborted);
        var body = buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
        if (Parse(body.Span) is not { AccountId: { Length: > 0 } account, Items: { } items })
            return (null, Problem.Malformed("The body must be an object with 'accountId' and 'items'."));
        var order = faults.Order.Fulfilment;
        if (items.Count > order.MaxItems)
            return (null, Problem.TooMany(order.MaxItems));
        if (items.Any(item => item.ItemId is null || item.SkuId is null || item.Version < 1 || item.Op is not ("UPSERT" or "DELETE")))
            return (null, Problem.Malformed("Every item needs 'itemId', 'skuId', a 'version' of 1 or more and an 'op' that is UPSERT or DELETE."));

        var all = items.Select(Submit).ToList();
        if (order.BadItems is BadItemAnswer.Request && all.Any(item => item.IsBad))
            return (null, Problem.Invalid("An item has a negative price."));
        var rejected = order.BadItems is BadItemAnswer.Rejected ? all.Where(item => item.IsBad).ToList() : [];
        var submission = new Submission(key, Convert.ToHexStringLower(SHA256.HashData(body.Span)), account, [.. all.Except(rejected)],
            [.. rejected.Select(item => new RejectedItem(item.ItemId, Problem.ItemInvalid("The price is negative.")))]);
        return (submission, null);
    }

    private static UpdateBatch? Parse(ReadOnlySpan<byte> body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, FulfilmentJson.Default.UpdateBatch);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static SubmittedItem Submit(UpdateItem item, int position)
    {
        var content = item.Op == "DELETE" ? null : item.Payload;
        var isBad = content is { ValueKind: JsonValueKind.Object } payload && payload.TryGetProperty("priceCents", out var price) && price.ValueKind is JsonValueKind.Number && price.GetDouble() < 0;
        return new SubmittedItem(position, item.ItemId!, item.SkuId!, item.Version, item.Op!, content?.GetRawText(), content is { } element ? CanonicalJson.HashOf(element) : null, isBad);
    }
}
