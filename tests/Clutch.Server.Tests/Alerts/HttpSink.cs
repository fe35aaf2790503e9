using System.Collections.Concurrent;
using System.Text.Json;
using Clutch.Client.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Clutch.Server.Tests.Alerts;

/// <summary>A real HTTP server that keeps what it is sent.</summary>
public sealed class HttpSink : IAsyncDisposable
{
    private readonly WebApplication _application;

    private HttpSink(WebApplication application) => _application = application;

    public ConcurrentQueue<Received> Requests { get; } = [];

    /// <summary>What it answers.</summary>
    public int Status { get; set; } = StatusCodes.Status200OK;

    public Uri Address => new(_application.Urls.First());

    public static async Task<HttpSink> StartAsync(int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().UseUrls($"http://127.0.0.1:{port}");
        var application = builder.Build();
        var sink = new HttpSink(application);
        application.Run(sink.ReceiveAsync);
        await application.StartAsync();
        return sink;
    }

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync();
        await _application.DisposeAsync();
    }

    private async Task ReceiveAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync();
        Requests.Enqueue(new(context.Request.Path, body, context.Request.Headers["Idempotency-Key"].ToString(), context.Request.Headers["Clutch-Signature"].ToString()));
        context.Response.StatusCode = Status;
    }

    /// <summary>A request.</summary>
    public sealed record Received(string Path, string Body, string Key, string Signature)
    {
        public AlertNotice Notice => JsonSerializer.Deserialize(Body, WireJson.Default.AlertNotice)!;
    }
}
