using Clutch.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>The Clutch server in an ASP.NET Core application.</summary>
public static class ClutchServerExtensions
{
    /// <summary>Adds the server: queries, security, live streams, and the worker that recovers, restarts and purges. It needs jobs (<c>AddClutch</c>) and a SQL store.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Changes the options after the configuration section <c>Clutch:Server</c>; null keeps them.</param>
    public static IServiceCollection AddClutchServer(this IServiceCollection services, Action<ClutchServerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<ClutchServerOptions>().BindConfiguration("Clutch:Server");
        if (configure is not null)
            services.Configure(configure);
        services.AddClutchWorker();
        return services;
    }

    /// <summary>Maps the API under <c>/api/v1</c>, health under <c>/health</c> and the API's description under <c>/openapi/v1.json</c>, all under the path prefix of the options.</summary>
    /// <returns>A builder for conventions on everything that was mapped.</returns>
    public static IEndpointConventionBuilder MapClutchServer(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        return endpoints.MapGroup(string.Empty);
    }
}
