using Clutch.Relational;
using Clutch.Repository;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Database.Tests.Fixtures;

/// <summary>A database of a test's own, with Clutch in it.</summary>
public abstract class Store : IAsyncDisposable
{
    /// <summary>What another process needs to reach this store.</summary>
    public abstract string[] Address { get; }

    /// <summary>Adds the job repository in this database.</summary>
    public abstract void AddRepository(IServiceCollection services);

    /// <summary>Adds this database as a target.</summary>
    public abstract void AddTarget(IServiceCollection services, string name);

    /// <summary>Breaks the connection under an open transaction, as a killed server process does; false where there is no connection to break.</summary>
    public abstract ValueTask<bool> BreakAsync(IRelationalChunk chunk);

    /// <summary>Lets the leases of the execution and of its steps expire.</summary>
    public abstract ValueTask ExpireLeasesAsync(RelationalDatabase database, long jobExecutionId);

    /// <summary>Makes what ended so far look a hundred days old.</summary>
    public abstract ValueTask AgeAsync(RelationalDatabase database);

    /// <summary>The statement that names the plan of another.</summary>
    public abstract string Explain(string statement);

    /// <summary>The statement that names the plan of another, and what running it took where the database tells.</summary>
    public abstract string ExplainRun(string statement);

    /// <summary>Columns for the table 'product'.</summary>
    public abstract string ProductColumns { get; }

    public ManualClock Clock { get; } = new();

    public ServiceProvider Services(Action<IServiceCollection>? more = null)
    {
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(Clock);
        more?.Invoke(services);
        AddRepository(services);
        return services.BuildServiceProvider();
    }

    public abstract ValueTask DisposeAsync();
}

public static class DatabaseExtensions
{
    public static async Task ExecuteAsync(this RelationalDatabase database, string sql) =>
        await database.ChangeAsync(new Statement(sql), Rows.Affected, CancellationToken.None);

    public static async Task<IReadOnlyList<T>> ListAsync<T>(this RelationalDatabase database, string sql, Func<System.Data.Common.DbDataReader, T> map) =>
        await database.QueryAsync(new Statement(sql), Rows.All(map), CancellationToken.None);

    public static async Task<long> CountAsync(this RelationalDatabase database, string from) =>
        (await database.ListAsync($"SELECT count(*) FROM {from}", row => row.GetInt64(0)))[0];

    public static ValueTask<IReadOnlyList<string>> MigrateAsync(this IServiceProvider services) =>
        services.GetRequiredService<IJobRepository>().MigrateAsync(CancellationToken.None);
}
