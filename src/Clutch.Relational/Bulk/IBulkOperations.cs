using Clutch.Relational.Tables;

namespace Clutch.Relational.Bulk;

/// <summary>Whole bulk operations on one table within a transaction. Each store does them in the fastest way it has.</summary>
/// <remarks>
/// Where the database names the row that made an operation fail, it throws <see cref="Items.ItemWriteException"/>; otherwise the database's own fault.
/// After either, the transaction has to return to a savepoint or be rolled back.
/// </remarks>
public interface IBulkOperations
{
    /// <summary>Inserts all items and answers how many.</summary>
    ValueTask<int> InsertAsync<T>(TableMap<T> table, ReadOnlyMemory<T> items, CancellationToken cancellationToken);

    /// <summary>Inserts items whose key is new and updates those whose other columns differ; of items with equal keys the last counts.</summary>
    /// <returns>How many rows were inserted or changed. Unchanged rows get no new version; PostgreSQL may lock them where most of the chunk before changed.</returns>
    ValueTask<int> UpsertAsync<T>(TableMap<T> table, ReadOnlyMemory<T> items, CancellationToken cancellationToken);

    /// <summary>Updates rows by key where other columns differ; items without a row change nothing. Of items with equal keys the last counts.</summary>
    /// <returns>How many rows changed.</returns>
    ValueTask<int> UpdateAsync<T>(TableMap<T> table, ReadOnlyMemory<T> items, CancellationToken cancellationToken);

    /// <summary>Deletes the rows that have the items' keys.</summary>
    /// <returns>How many rows were deleted.</returns>
    ValueTask<int> DeleteAsync<T>(TableMap<T> table, ReadOnlyMemory<T> items, CancellationToken cancellationToken);
}
