using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Apps.Tests.SkuSync;

/// <summary>A fulfilment API that takes everything and compares no versions: its items are "done", and no more.</summary>
internal sealed class VersionlessTarget : IAsyncDisposable
{
    private readonly WebApplication _app;

    private VersionlessTarget(WebApplication app) => _app = app;

    public string Url => _app.Urls.First() + "/";

    public static async Task<VersionlessTarget> StartAsync(bool answersLater)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.MapPost("/sku-updates:batch", () => answersLater
            ? Results.Text("""{"correlationId":"1","statusUrl":"/operations/1"}""", "application/json", statusCode: 202)
            : Results.Text("""{"results":[{"itemId":"1","outcome":"DONE"}]}""", "application/json"));
        app.MapGet("/operations/{id}", (string id) => Results.Text(Operation(id), "application/json"));
        app.MapPost("/operations:batchGet", () => Results.Text($$"""{"operations":[{{Operation("1")}}]}""", "application/json"));
        await app.StartAsync();
        return new(app);
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private static string Operation(string id) => $$"""{"id":"{{id}}","status":"Succeeded","done":true,"items":[{"itemId":"1","outcome":"DONE"}]}""";
}
