using Clutch.Http;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>HTTP channels of a service collection.</summary>
public static class ClutchHttpExtensions
{
    /// <summary>Adds a channel under a name, over a client of <see cref="IHttpClientFactory"/> with the same name. Get it as keyed service, or with <see cref="HttpChannel"/>.</summary>
    /// <param name="services">The services.</param>
    /// <param name="name">Its name.</param>
    /// <param name="baseAddress">Where paths start from; it should end with a slash.</param>
    /// <param name="options">How to send, read when the channel is first used; null takes the defaults.</param>
    /// <returns>The builder of its client, for handlers and credentials.</returns>
    public static IHttpClientBuilder AddHttpChannel(this IServiceCollection services, string name, Uri baseAddress, Func<IServiceProvider, HttpChannelOptions>? options = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(baseAddress);
        services.AddKeyedSingleton(name, (provider, _) => new HttpChannel(
            name,
            () => provider.GetRequiredService<IHttpClientFactory>().CreateClient(name),
            options?.Invoke(provider),
            provider.GetService<TimeProvider>()));
        return services.AddHttpClient(name, client =>
            {
                client.BaseAddress = baseAddress;
                // The channel has its own time-out, per attempt.
                client.Timeout = Timeout.InfiniteTimeSpan;
            })
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
            {
                // A redirect in a bulk API is a wrong address; following it would turn a POST into a GET.
                AllowAutoRedirect = false,
                AutomaticDecompression = System.Net.DecompressionMethods.All,
                ConnectTimeout = TimeSpan.FromSeconds(10),
                PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            });
    }

    /// <summary>The channel of this name.</summary>
    /// <exception cref="InvalidOperationException">No such channel was added.</exception>
    public static HttpChannel HttpChannel(this IServiceProvider services, string name) => services.GetRequiredKeyedService<HttpChannel>(name);
}
