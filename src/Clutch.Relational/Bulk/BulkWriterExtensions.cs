using System.Linq.Expressions;
using Clutch.Items;
using Clutch.Relational.Bulk;
using Clutch.Relational.Tables;

namespace Clutch.Relational;

/// <summary>Writers that put each chunk into a table in one bulk operation, within the chunk's transaction and whatever database that is in.</summary>
/// <remarks>
/// Statements per chunk, beside the commit. PostgreSQL: insert 1 (COPY); upsert, update and delete 2 (COPY into a temporary table, then one statement over all).
/// SQLite: one prepared statement, run row by row inside the process. Two more on first use of a table tell its column types.
/// Without a map, every public property that can be read is a column, as <see cref="TableMap.ByConvention{T}"/> has it. Upserts, updates and deletes take each key of a chunk once: of items with equal keys the last counts.
/// A step whose chunks commit to no SQL database (a job repository in memory) fails with an <see cref="InvalidOperationException"/> when it writes.
/// </remarks>
public static class BulkWriterExtensions
{
    /// <summary>Inserts each item; public properties are columns in snake_case. A row that exists already is a fault.</summary>
    /// <param name="services">The step's services, as <c>Write</c> hands them over.</param>
    /// <param name="table">The table.</param>
    /// <exception cref="NotSupportedException">A property's type has no column type.</exception>
    public static IItemWriter<T> BulkInsert<T>(this IServiceProvider services, string table) =>
        services.BulkInsert(TableMap.ByConvention<T>(table));

    /// <summary>Inserts each item. A row that exists already is a fault.</summary>
    public static IItemWriter<T> BulkInsert<T>(this IServiceProvider services, TableMap<T> table)
    {
        ArgumentNullException.ThrowIfNull(table);
        return new BulkWriter<T>(table, static (bulk, table, items, cancellationToken) => bulk.InsertAsync(table, items, cancellationToken));
    }

    /// <summary>Inserts items with a new key and updates those that differ; public properties are columns in snake_case.</summary>
    /// <param name="services">The step's services, as <c>Write</c> hands them over.</param>
    /// <param name="table">The table; it needs a unique constraint or primary key on exactly the key's columns.</param>
    /// <param name="key">The key: <c>p => p.Sku</c>, or <c>p => new { p.Warehouse, p.Sku }</c>.</param>
    /// <exception cref="NotSupportedException">A property's type has no column type.</exception>
    /// <exception cref="ArgumentException">The key is not made of properties.</exception>
    public static IItemWriter<T> BulkUpsert<T>(this IServiceProvider services, string table, Expression<Func<T, object?>> key) =>
        services.BulkUpsert(TableMap.ByConvention(table, key));

    /// <summary>Inserts items with a new key and updates those that differ; rows without a change get no new version.</summary>
    /// <param name="services">The step's services, as <c>Write</c> hands them over.</param>
    /// <param name="table">The map of a table that has a unique constraint or primary key on exactly the key's columns.</param>
    /// <exception cref="InvalidOperationException">The map has no key.</exception>
    public static IItemWriter<T> BulkUpsert<T>(this IServiceProvider services, TableMap<T> table)
    {
        ArgumentNullException.ThrowIfNull(table);
        table.ThrowIfKeyless("upsert");
        return new BulkWriter<T>(table, static (bulk, table, items, cancellationToken) => bulk.UpsertAsync(table, items, cancellationToken));
    }

    /// <summary>Updates the rows that have the items' keys; public properties are columns in snake_case.</summary>
    /// <param name="services">The step's services, as <c>Write</c> hands them over.</param>
    /// <param name="table">The table.</param>
    /// <param name="key">The key: <c>p => p.Sku</c>, or <c>p => new { p.Warehouse, p.Sku }</c>.</param>
    public static IItemWriter<T> BulkUpdate<T>(this IServiceProvider services, string table, Expression<Func<T, object?>> key) =>
        services.BulkUpdate(TableMap.ByConvention(table, key));

    /// <summary>Updates the rows that have the items' keys; items without a row change nothing.</summary>
    /// <exception cref="InvalidOperationException">The map has no key, or nothing besides it.</exception>
    public static IItemWriter<T> BulkUpdate<T>(this IServiceProvider services, TableMap<T> table)
    {
        ArgumentNullException.ThrowIfNull(table);
        table.ThrowIfKeyless("update");
        if (table.Others.Count == 0)
            throw new InvalidOperationException($"A bulk update of table '{table.Table}' has nothing to set: its map holds only the key. Add Column(\"...\", item => ...).");
        return new BulkWriter<T>(table, static (bulk, table, items, cancellationToken) => bulk.UpdateAsync(table, items, cancellationToken));
    }

    /// <summary>Deletes the rows that have the items' keys.</summary>
    /// <param name="services">The step's services, as <c>Write</c> hands them over.</param>
    /// <param name="table">The table.</param>
    /// <param name="key">The key: <c>p => p.Sku</c>, or <c>p => new { p.Warehouse, p.Sku }</c>.</param>
    public static IItemWriter<T> BulkDelete<T>(this IServiceProvider services, string table, Expression<Func<T, object?>> key) =>
        services.BulkDelete(TableMap.ByConvention(table, key));

    /// <summary>Deletes the rows that have the items' keys; of the map only the key is used.</summary>
    /// <exception cref="InvalidOperationException">The map has no key.</exception>
    public static IItemWriter<T> BulkDelete<T>(this IServiceProvider services, TableMap<T> table)
    {
        ArgumentNullException.ThrowIfNull(table);
        table.ThrowIfKeyless("delete");
        return new BulkWriter<T>(table, static (bulk, table, items, cancellationToken) => bulk.DeleteAsync(table, items, cancellationToken));
    }
}
