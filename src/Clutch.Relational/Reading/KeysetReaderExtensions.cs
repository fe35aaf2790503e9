using Clutch.Items;
using Clutch.Relational.Reading;
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
        var source = database is null ? services.GetService<RelationalDatabase>() : services.GetKeyedService<RelationalDatabase>(database);
        return new KeysetReader<T>(source ?? throw Missing(database), query);
    }

    private static InvalidOperationException Missing(string? database) => new(database is null
        ? "There is no SQL database to read from: the job repository is not in one. Add SQLite or PostgreSQL, or name a target database."
        : $"There is no target database '{database}'. Add it with AddPostgreSqlTarget or AddSqliteTarget.");
}
