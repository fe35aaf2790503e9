using Clutch.Items;
using Clutch.Relational.Tables;

namespace Clutch.Relational.Bulk;

/// <summary>Runs one bulk operation on each chunk, in the chunk's transaction.</summary>
internal sealed class BulkWriter<T>(TableMap<T> table, BulkOperation<T> operation) : IItemWriter<T>
{
    public async ValueTask WriteAsync(WriteBatch<T> batch, ChunkContext chunk, CancellationToken cancellationToken) =>
        await operation(chunk.Relational().Bulk, table, batch.Items, cancellationToken);
}

internal delegate ValueTask<int> BulkOperation<T>(IBulkOperations bulk, TableMap<T> table, ReadOnlyMemory<T> items, CancellationToken cancellationToken);
