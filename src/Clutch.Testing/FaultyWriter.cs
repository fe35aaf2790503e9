using System.Collections.Concurrent;
using Clutch.Items;

namespace Clutch.Testing;

/// <summary>How a <see cref="FaultyWriter{T}"/> tells that an item failed.</summary>
public enum WriteFaultStyle
{
    /// <summary>It throws, and does not say for which item.</summary>
    Throw,

    /// <summary>It throws an <see cref="ItemWriteException"/> that names the item.</summary>
    Name,

    /// <summary>It writes the others and marks the item.</summary>
    Mark,
}

/// <summary>Puts failures before a writer, and notes each call.</summary>
public sealed class FaultyWriter<T>(IItemWriter<T> inner, ItemFaults<T> faults, WriteFaultStyle style = WriteFaultStyle.Throw, ConcurrentQueue<IReadOnlyList<T>>? calls = null)
    : IItemWriter<T>
    where T : notnull
{
    /// <summary>The items of each call, failed ones included, in order.</summary>
    public ConcurrentQueue<IReadOnlyList<T>> Calls { get; } = calls ?? new();

    /// <inheritdoc/>
    public async ValueTask WriteAsync(WriteBatch<T> batch, ChunkContext chunk, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var items = batch.Items.ToArray();
        Calls.Enqueue(items);
        if (style is WriteFaultStyle.Mark)
        {
            await MarkAsync(batch, items, chunk, cancellationToken);
            return;
        }

        for (var i = 0; i < items.Length; i++)
        {
            if (faults.Try(items[i]) is { } fault)
                throw style is WriteFaultStyle.Name ? new ItemWriteException(i, fault) : fault;
        }

        await inner.WriteAsync(batch, chunk, cancellationToken);
    }

    private async ValueTask MarkAsync(WriteBatch<T> batch, T[] items, ChunkContext chunk, CancellationToken cancellationToken)
    {
        var failed = items.Select((item, index) => (Index: index, Fault: faults.Try(item))).Where(item => item.Fault is not null).ToList();
        var sound = items.Where((_, index) => !failed.Exists(item => item.Index == index)).ToArray();
        if (sound.Length > 0)
        {
            var rest = new WriteBatch<T>();
            rest.Reset(sound);
            await inner.WriteAsync(rest, chunk, cancellationToken);
        }

        foreach (var (index, fault) in failed)
            batch.Fail(index, fault!);
    }
}
