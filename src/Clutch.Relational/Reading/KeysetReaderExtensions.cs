using Clutch.Items;
using Clutch.Relational.Reading;
using Clutch.Steps;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Relational;

/// <summary>Readers of tables.</summary>
public static class KeysetReaderExtensions
{
    /// <summary>Reads rows in the order of a key, page after page, each in the same time however far it is, and goes on after the last key on a restart.</summary>
    /// <param name="services">The step's services, as <c>Read</c> hands them over.</param>
    /// <param name="query">What to read.</param>
    /// <param name="database">The target database's name, or null for the one that holds the job repository.</param>
    /// <exception cref="InvalidOperationException">There is no such database, or the query's key is incomplete.</exception>
    public static IItemReader<T> KeysetReader<T>(this IServiceProvider services, KeysetQuery<T> query, string? database = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(query);
        query.Validate();
        return new KeysetReader<T>(Source(services, database), query);
    }

    /// <summary>Cuts what a keyset query reads into ranges with equally many rows, for <c>Partition(...)</c>; its reader has <see cref="KeysetQuery{T}.WithinPartition"/> set.</summary>
    /// <remarks>It counts rows in the key's order, once per job instance, so skewed keys make no uneven ranges. Few rows make fewer ranges.</remarks>
    /// <param name="services">The step's services, as <c>Partition</c> hands them over.</param>
    /// <param name="query">What the step reads.</param>
    /// <param name="count">How many ranges: 1 to 10,000.</param>
    /// <param name="database">The target database's name, or null for the one that holds the job repository.</param>
    /// <exception cref="InvalidOperationException">There is no such database, or the query's key is incomplete.</exception>
    public static IPartitioner KeyRanges<T>(this IServiceProvider services, KeysetQuery<T> query, int count, string? database = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, 10_000);
        query.Validate();
        return new KeyRangePartitioner<T>(Source(services, database), query, count);
    }

    private static RelationalDatabase Source(IServiceProvider services, string? database) =>
        (database is null ? services.GetService<RelationalDatabase>() : services.GetKeyedService<RelationalDatabase>(database)) ?? throw Missing(database);

    private static InvalidOperationException Missing(string? database) => new(database is null
        ? "There is no SQL database to read from: the job repository is not in one. Add SQLite or PostgreSQL, or name a target database."
        : $"There is no target database '{database}'. Add it with AddPostgreSqlTarget or AddSqliteTarget.");
}
