using Clutch.Hosting;
using Clutch.Jobs;
using Clutch.Launching;
using Clutch.Repository;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds batch jobs to an application.</summary>
public static class ClutchServiceCollectionExtensions
{
    /// <summary>Adds the engine and jobs. Without a store's <c>AddClutchX</c>, before or after, executions are kept in memory only; without <c>AddLogging</c>, before or after, nothing is logged.</summary>
    /// <remarks>Call it as often as you like: jobs add up.</remarks>
    /// <exception cref="JobDefinitionException">A job contradicts itself.</exception>
    public static IServiceCollection AddClutch(this IServiceCollection services, Action<ClutchBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(typeof(ILogger<>), typeof(LoggerOrNone<>));
        services.TryAddSingleton<NodeIdentity>();
        services.AddOptions<ClutchOptions>();
        services.TryAddSingleton(provider => provider.GetRequiredService<IOptions<ClutchOptions>>().Value);
        services.TryAddSingleton<JobCatalog>();
        services.TryAddSingleton<JobLauncher>();
        services.TryAddSingleton<Recovery>();
        services.TryAddSingleton<AutoRestart>();
        services.TryAddSingleton<INestedJobRunner, NestedJobRunner>();
        configure(new(services));
        services.TryAddSingleton<IJobRepository, InMemoryJobRepository>();
        return services;
    }

    /// <summary>Keeps executions in a job repository of a store's. One registered before stays, except the one in memory that <see cref="AddClutch"/> falls back on.</summary>
    public static IServiceCollection AddJobRepository(this IServiceCollection services, Func<IServiceProvider, IJobRepository> create)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(create);
        // Whoever adds the jobs first and the store afterwards means the store.
        foreach (var fallback in services.Where(service => service.ImplementationType == typeof(InMemoryJobRepository)).ToList())
            services.Remove(fallback);
        services.TryAddSingleton(create);
        return services;
    }

    /// <summary>Has the host of this application bring the schema up to date when it starts, give signs of life, recover executions of dead nodes and restart failed jobs by their policies as long as it runs, and stop its own executions at their next chunk boundary when it ends.</summary>
    /// <remarks><c>AddClutchServer</c> and <c>AddClutchSchedules</c> bring it along. Without it, jobs that have a restart policy wait for a person, and what a dead process left waits for a command.</remarks>
    public static IServiceCollection AddClutchWorker(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        // In front of the worker, so that it stops after it: a process gives signs of life until its executions have ended.
        services.TryAddEnumerable(ServiceDescriptor.Singleton<Microsoft.Extensions.Hosting.IHostedService, Heartbeat>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<Microsoft.Extensions.Hosting.IHostedService, ClutchWorker>());
        return services;
    }
}
