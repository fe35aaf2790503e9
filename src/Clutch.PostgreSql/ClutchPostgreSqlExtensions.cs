using Clutch.PostgreSql;
using Clutch.PostgreSql.Jobs;
using Clutch.PostgreSql.Signals;
using Clutch.Relational;
using Clutch.Relational.Jobs;
using Clutch.Relational.Targets;
using Clutch.Repository;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>PostgreSQL as job repository and as target.</summary>
public static class ClutchPostgreSqlExtensions
{
    /// <summary>Keeps the job repository in a PostgreSQL database. A repository registered before stays.</summary>
    /// <param name="services">The services.</param>
    /// <param name="connectionString">Such as <c>Host=db;Database=jobs;Username=jobs;Password=...</c>.</param>
    /// <param name="configure">Changes the options; null keeps the defaults.</param>
    public static IServiceCollection AddClutchPostgreSql(this IServiceCollection services, string connectionString, Action<PostgreSqlOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(connectionString);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<RelationalDatabase>(_ => new PostgreSqlDatabase(connectionString, Options(configure)));
        services.AddJobRepository(provider =>
            new PostgreSqlJobRepository((PostgreSqlDatabase)provider.GetRequiredService<RelationalDatabase>(), provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<INodeRegister>(provider => new RelationalNodeRegister(provider.GetRequiredService<RelationalDatabase>(), NodeSql.Beat, provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<ISignals>(provider => new PostgreSqlSignals(
            (PostgreSqlDatabase)provider.GetRequiredService<RelationalDatabase>(), provider.GetRequiredService<TimeProvider>(),
            provider.GetService<ILogger<PostgreSqlSignals>>() ?? NullLogger<PostgreSqlSignals>.Instance));
        return services;
    }

    /// <summary>Names a PostgreSQL database that steps can commit to: data and checkpoint together, in a table <c>clutch_checkpoint</c> there.</summary>
    /// <param name="services">The services.</param>
    /// <param name="name">The name by which steps refer to it; it is the key of its <see cref="IChunkStore"/>.</param>
    /// <param name="connectionString">Such as <c>Host=db;Database=warehouse;Username=jobs;Password=...</c>.</param>
    /// <param name="configure">Changes the options; null keeps the defaults.</param>
    public static IServiceCollection AddPostgreSqlTarget(
        this IServiceCollection services, string name, string connectionString, Action<PostgreSqlOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentException.ThrowIfNullOrEmpty(connectionString);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddKeyedSingleton<RelationalDatabase>(name, (_, _) => new PostgreSqlDatabase(connectionString, Options(configure)));
        services.TryAddKeyedSingleton(name, (provider, _) =>
        {
            var database = (PostgreSqlDatabase)provider.GetRequiredKeyedService<RelationalDatabase>(name);
            return new TargetChunkStore(
                database, PostgreSqlTargetSql.Statements, PostgreSqlMigrations.Target(database), provider.GetRequiredService<IJobRepository>(),
                provider.GetRequiredService<TimeProvider>());
        });
        services.TryAddKeyedSingleton<IChunkStore>(name, (provider, _) => provider.GetRequiredKeyedService<TargetChunkStore>(name));
        return services;
    }

    private static PostgreSqlOptions Options(Action<PostgreSqlOptions>? configure)
    {
        var options = new PostgreSqlOptions();
        configure?.Invoke(options);
        return options;
    }
}
