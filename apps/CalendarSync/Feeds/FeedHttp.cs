using System.Net;

namespace CalendarSync.Feeds;

/// <summary>The client that every request to a stranger goes through.</summary>
internal static class FeedHttp
{
    private const int MaxHeaderKilobytes = 32;

    /// <summary>A client behind the guard. It follows nothing, keeps no cookies and asks no proxy.</summary>
    public static HttpClient CreateClient(OutboundGuard guard, IHostResolver resolver, FeedOptions options)
    {
        var connector = new GuardedConnector(guard, resolver);
        return new HttpClient(CreateHandler(connector, options)) { Timeout = Timeout.InfiniteTimeSpan };
    }

    private static SocketsHttpHandler CreateHandler(GuardedConnector connector, FeedOptions options) => new()
    {
        // Each redirect is looked at like a first request; a proxy would make the connection in our stead, unseen.
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        Credentials = null,
        PreAuthenticate = false,
        AutomaticDecompression = DecompressionMethods.None,
        MaxResponseHeadersLength = MaxHeaderKilobytes,
        ConnectTimeout = options.ConnectTimeout,
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
        // A kept connection leads to an address that was looked at; after a while look again.
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        // No trace headers for strangers.
        ActivityHeadersPropagator = null,
        ConnectCallback = (context, cancellationToken) => connector.ConnectAsync(context.DnsEndPoint, cancellationToken),
    };

    /// <summary>A request. HTTP/1.1 only: HTTP/3 would go past the guarded socket.</summary>
    public static HttpRequestMessage CreateRequest(Uri address) => new(HttpMethod.Get, address)
    {
        Version = HttpVersion.Version11,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };
}
