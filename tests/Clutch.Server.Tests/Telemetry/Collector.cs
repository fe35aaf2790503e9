using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Clutch.Server.Tests.Telemetry;

/// <summary>An OTLP collector over gRPC, or over HTTP, that keeps what it is sent (opentelemetry-proto, <c>MetricsService</c> and <c>TraceService</c>).</summary>
internal sealed class Collector : IAsyncDisposable
{
    // gRPC's frame of an empty message: not compressed, of length 0.
    private static readonly byte[] EmptyMessage = [0, 0, 0, 0, 0];

    private readonly WebApplication _application;

    private Collector(WebApplication application) => _application = application;

    public Uri Address => new(_application.Urls.First());

    /// <summary>Path and body of each call; names within the body are plain text.</summary>
    public ConcurrentQueue<(string Path, string Body)> Calls { get; } = [];

    public static async Task<Collector> StartAsync(HttpProtocols protocols = HttpProtocols.Http2)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0").ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Protocols = protocols));
        var application = builder.Build();
        var collector = new Collector(application);
        application.Run(collector.ReceiveAsync);
        await application.StartAsync();
        return collector;
    }

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync();
        await _application.DisposeAsync();
    }

    private async Task ReceiveAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        Calls.Enqueue((context.Request.Path, Encoding.Latin1.GetString(body.ToArray())));
        if (!HttpProtocol.IsHttp2(context.Request.Protocol))
            return;
        context.Response.ContentType = "application/grpc";
        context.Response.DeclareTrailer("grpc-status");
        await context.Response.Body.WriteAsync(EmptyMessage);
        context.Response.AppendTrailer("grpc-status", "0");
    }
}
