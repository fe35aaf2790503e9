using Clutch.Http;
using Clutch.Items;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Clutch.Tests.Http;

/// <summary>A real server on loopback that answers as a test says.</summary>
public sealed class LoopbackServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _client;

    private LoopbackServer(WebApplication app)
    {
        _app = app;
        Address = new(app.Urls.First() + "/");
        _client = new(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = Address, Timeout = Timeout.InfiniteTimeSpan };
    }

    public Uri Address { get; }

    public static async Task<LoopbackServer> StartAsync(Action<WebApplication> map)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        map(app);
        await app.StartAsync();
        return new(app);
    }

    /// <summary>A channel to it that waits next to nothing between attempts.</summary>
    public HttpChannel Channel(Func<HttpChannelOptions, HttpChannelOptions>? change = null) => new("test", () => _client, Options(change));

    public static HttpChannelOptions Options(Func<HttpChannelOptions, HttpChannelOptions>? change = null)
    {
        var options = new HttpChannelOptions
        {
            Retry = new RetryOptions { Attempts = 3, Delay = TimeSpan.FromMilliseconds(1), MaxDelay = TimeSpan.FromMilliseconds(2) },
            MaxRetryAfter = TimeSpan.FromMilliseconds(5),
            Circuit = new() { MinimumCalls = 1_000 },
        };
        return change?.Invoke(options) ?? options;
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.DisposeAsync();
    }
}
