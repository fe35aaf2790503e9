using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Clutch.Database.Tests.Fixtures;
using Clutch.Outbox.Receiving;

namespace Clutch.Database.Tests.Receiving;

/// <summary>What a service with the server half promises its callers, over real HTTP on each store.</summary>
public abstract partial class ReceivingBehaviour(Func<Store> open)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    protected static Task<StockService> StartAsync(Store store, LedgerHandler? handler = null, Action<ReceivingOptions>? configure = null) =>
        StockService.StartAsync(store.AddRepository, handler, configure);

    private static string Body(string account, params (string ItemId, string Sku, long Version)[] items) => JsonSerializer.Serialize(new
    {
        accountId = account,
        items = items.Select(item => new { itemId = item.ItemId, skuId = item.Sku, version = item.Version, op = "UPSERT", payload = new { quantity = item.Version } }),
    });

    private static Task<HttpResponseMessage> SendAsync(StockService service, string? key, string body, string caller = "me", string contentType = "application/json") =>
        SendAsync(service.Client, key, body, caller, contentType);

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, string? key, string body, string caller = "me", string contentType = "application/json")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/stock-updates:batch") { Content = new StringContent(body, Encoding.UTF8, MediaTypeHeaderValue.Parse(contentType)) };
        request.Headers.Add("X-Caller", caller);
        if (key is not null)
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        return await client.SendAsync(request);
    }

    /// <summary>Sends the head and half of the body, then ends the connection and waits until the server has done so too.</summary>
    private static async Task SendHalfAsync(StockService service, string key, string body, string framing)
    {
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(service.Address.Host, service.Address.Port);
        var half = body[..(body.Length / 2)];
        var head = $"POST /stock-updates:batch HTTP/1.1\r\nHost: {service.Address.Authority}\r\nContent-Type: application/json\r\nX-Caller: me\r\nIdempotency-Key: \"{key}\"\r\n{framing}\r\n\r\n";
        var chunk = framing.Contains("chunked", StringComparison.Ordinal) ? $"{half.Length:x}\r\n{half}\r\n" : half;
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.UTF8.GetBytes(head + chunk));
        client.Client.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            while (await stream.ReadAsync(new byte[1024], patience.Token) > 0)
            {
                // Whatever the server says to half a request: nobody hears it.
            }
        }
        catch (IOException)
        {
            // It may also break the connection off.
        }
    }

    private static async Task<JsonElement> RunAsync(StockService service, string key, string body)
    {
        using var accepted = await SendAsync(service, key, body);
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        return await EndOfAsync(service, accepted.Headers.Location!);
    }

    private static Task<HttpResponseMessage> GetAsync(StockService service, string path, string caller = "me") => GetAsync(service.Client, path, caller);

    private static async Task<HttpResponseMessage> GetAsync(HttpClient client, string path, string caller = "me")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("X-Caller", caller);
        return await client.SendAsync(request);
    }

    private static Task<JsonElement> EndOfAsync(StockService service, Uri status) => EndOfAsync(service.Client, status);

    private static async Task<JsonElement> EndOfAsync(HttpClient client, Uri status)
    {
        JsonElement operation = default;
        await WaitUntilAsync(async () => (operation = await JsonAsync(await GetAsync(client, status.OriginalString))).GetProperty("done").GetBoolean());
        return operation;
    }

    private static async Task WaitUntilAsync(Func<Task<bool>> condition)
    {
        using var deadline = new CancellationTokenSource(Patience);
        while (!await condition())
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, deadline.Token);
    }

    private static async Task<JsonElement> JsonAsync(HttpResponseMessage response)
    {
        Assert.True(response.IsSuccessStatusCode, $"{response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    private static async Task AssertProblemAsync(HttpResponseMessage response, int status, string? type = null)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(status == (int)response.StatusCode, $"{(int)response.StatusCode}: {text}");
        Assert.True(response.Content.Headers.ContentType?.MediaType == "application/problem+json", $"{status} as {response.Content.Headers.ContentType}: {text}");
        var problem = JsonSerializer.Deserialize<JsonElement>(text);
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        if (type is not null)
            Assert.Equal(type, problem.GetProperty("type").GetString());
    }

    private static List<string> Outcomes(JsonElement operation) =>
        [.. operation.GetProperty("items").EnumerateArray().Select(item => $"{item.GetProperty("itemId").GetString()}={(item.TryGetProperty("outcome", out var outcome) ? outcome.GetString() : "none")}")];

    private static Task<IReadOnlyList<string>> LedgerAsync(StockService service) => RowsAsync(service, "ledger");

    private static async Task<IReadOnlyList<string>> RowsAsync(StockService service, string table) =>
        await service.Database.ListAsync($"SELECT account, sku, version FROM {table} ORDER BY account, sku, version", row => $"{row.GetString(0)}/{row.GetString(1)}@{row.GetInt64(2)}");
}

public sealed class SqliteReceivingTests() : ReceivingBehaviour(static () => new SqliteStore());

public sealed class PostgreSqlReceivingTests() : ReceivingBehaviour(static () => new PostgreSqlStore());
