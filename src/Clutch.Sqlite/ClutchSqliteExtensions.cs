using Clutch.Relational;
using Clutch.Relational.Jobs;
using Clutch.Relational.Targets;
using Clutch.Repository;
using Clutch.Sqlite;
using Clutch.Sqlite.Jobs;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>SQLite as job repository and as target.</summary>
public static class ClutchSqliteExtensions
{
    /// <summary>Keeps the job repository in a SQLite file. A repository registered before stays.</summary>
    /// <param name="services">The services.</param>
    /// <param name="connectionString">Such as <c>Data Source=clutch.db</c>; <c>Default Timeout</c> is how long a writer waits for another, 30 s by default.</param>
    public static IServiceCollection AddClutchSqlite(this IServiceCollection services, string connectionString)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(connectionString);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<RelationalDatabase>(_ => new SqliteDatabase(connectionString));
        services.AddJobRepository(provider =>
            new SqliteJobRepository((SqliteDatabase)provider.GetRequiredService<RelationalDatabase>(), provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<INodeRegister>(provider => new RelationalNodeRegister(provider.GetRequiredService<RelationalDatabase>(), NodeSql.Beat, provider.GetRequiredService<TimeProvider>()));
        return services;
    }

    /// <summary>Names a SQLite file that steps can commit to: data and checkpoint together, in a table <c>clutch_checkpoint</c> there.</summary>
    /// <param name="services">The services.</param>
    /// <param name="name">The name by which steps refer to it; it is the key of its <see cref="IChunkStore"/>.</param>
    /// <param name="connectionString">Such as <c>Data Source=warehouse.db</c>.</param>
    public static IServiceCollection AddSqliteTarget(this IServiceCollection services, string name, string connectionString)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentException.ThrowIfNullOrEmpty(connectionString);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddKeyedSingleton<RelationalDatabase>(name, (_, _) => new SqliteDatabase(connectionString));
        services.TryAddKeyedSingleton(name, (provider, _) =>
        {
            var database = (SqliteDatabase)provider.GetRequiredKeyedService<RelationalDatabase>(name);
            return new TargetChunkStore(
                database, SqliteTargetSql.Statements, SqliteMigrations.Target(database), provider.GetRequiredService<IJobRepository>(), provider.GetRequiredService<TimeProvider>());
        });
        services.TryAddKeyedSingleton<IChunkStore>(name, (provider, _) => provider.GetRequiredKeyedService<TargetChunkStore>(name));
        return services;
    }
}
