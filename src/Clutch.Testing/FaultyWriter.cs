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
        var tried = items.Select((item, index) => (Index: index, Fault: faults.Try(item))).ToLookup(item => item.Fault is null);
        int[] sound = [.. tried[true].Select(item => item.Index)];
        if (sound.Length > 0)
            await WriteAsync(batch, sound, chunk, cancellationToken);
        foreach (var (index, fault) in tried[false])
            batch.Fail(index, fault!);
    }

    // What the inner writer tells of an item counts for its place in the whole batch.
    private async ValueTask WriteAsync(WriteBatch<T> batch, int[] sound, ChunkContext chunk, CancellationToken cancellationToken)
    {
        var rest = new WriteBatch<T>();
        rest.Reset(sound.Select(index => batch.Items.Span[index]).ToArray());
        try
        {
            await inner.WriteAsync(rest, chunk, cancellationToken);
        }
        catch (ItemWriteException named) when (named.Index < sound.Length)
        {
            throw new ItemWriteException(sound[named.Index], named.InnerException!);
        }

        foreach (var (index, fault) in rest.Faults)
            batch.Fail(sound[index], fault);
    }
}
