using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace Clutch.Benchmarks.Sku;

/// <summary>Plain calls to the simulators, for the rivals: no retries, no limits.</summary>
internal sealed class StockClient(HttpClient client, string url)
{
    public async Task<IReadOnlyList<(string Account, string Sku)>> ListAllAsync(int count)
    {
        var skus = new List<(string, string)>();
        string? cursor = null;
        do
        {
            var page = await client.GetFromJsonAsync<JsonElement>(string.Create(CultureInfo.InvariantCulture, $"{url}stock/skus/summary?limit=1000{(cursor is null ? string.Empty : $"&cursor={Uri.EscapeDataString(cursor)}")}"));
            skus.AddRange(page.GetProperty("items").EnumerateArray().Select(item => (item.GetProperty("accountId").GetString()!, item.GetProperty("skuId").GetString()!)));
            cursor = page.TryGetProperty("nextCursor", out var next) ? next.GetString() : null;
        }
        while (cursor is not null && skus.Count < count);
        return [.. skus.Take(count)];
    }

    public async Task<IReadOnlyList<(string Account, string Sku, string Payload)>> GetDetailsAsync(IEnumerable<string> ids)
    {
        using var response = await client.PostAsJsonAsync($"{url}stock/skus/details:batchGet", new { ids });
        response.EnsureSuccessStatusCode();
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>();
        return [.. answer.GetProperty("items").EnumerateArray().Select(item => (item.GetProperty("accountId").GetString()!, item.GetProperty("skuId").GetString()!, item.GetProperty("payload").GetRawText()))];
    }

    /// <summary>Submits updates of one account; answers the operation, or null where they were applied at once.</summary>
    public async Task<string?> SubmitAsync(string account, IEnumerable<(string Sku, string Payload)> items, bool isSynchronous)
    {
        var body = new
        {
            accountId = account,
            items = items.Select((item, i) => new { itemId = i.ToString(CultureInfo.InvariantCulture), skuId = item.Sku, version = 1, op = "UPSERT", payload = JsonElement.Parse(item.Payload) }),
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{url}fulfilment/sku-updates:{(isSynchronous ? "sync" : "batch")}") { Content = JsonContent.Create(body) };
        request.Headers.Add("Idempotency-Key", $"\"{Guid.NewGuid()}\"");
        if (!isSynchronous)
            request.Headers.Add("Prefer", "respond-async");
        using var response = await client.SendAsync(request);
        response.EnsureSuccessStatusCode();
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>();
        return isSynchronous ? null : answer.GetProperty("correlationId").GetString();
    }

    /// <summary>Whether an operation has ended.</summary>
    public async Task<bool> IsDoneAsync(string operation) => (await client.GetFromJsonAsync<JsonElement>($"{url}fulfilment/operations/{operation}?fields=counts")).GetProperty("done").GetBoolean();
}
