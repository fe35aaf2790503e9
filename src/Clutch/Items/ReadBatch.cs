using Clutch.Executions;

namespace Clutch.Items;

/// <summary>A record that a reader could not turn into an item.</summary>
public sealed record ReadReject
{
    /// <summary>Why; skip rules look at its type.</summary>
    public required Exception Fault { get; init; }

    /// <summary>The raw record as far as it could be had, for the dead letter; null where it could not.</summary>
    public string? Payload { get; init; }

    /// <summary>Where it lies, such as <c>products.csv:17</c>, or null.</summary>
    public string? Location { get; init; }

    /// <summary>The record's place in the reader's sequence, from 1, counted over all executions of the instance.</summary>
    public long Ordinal { get; internal init; }
}

/// <summary>The batch that a reader fills: items, rejects, and the checkpoint after them.</summary>
/// <remarks>The engine reuses batches, so a reader keeps no reference to one after the call.</remarks>
public sealed class ReadBatch<T>
{
    // Few bad records must not cut small chunks into smaller ones.
    private const int LeastRejects = 100;

    private readonly T[] _items;
    private readonly List<ReadReject> _rejects = [];
    private readonly List<int> _rejectedBefore = [];
    private long _firstOrdinal;

    internal ReadBatch(int capacity) => _items = new T[capacity];

    /// <summary>How many more items it takes; none once it has as many rejects as places, and at least 100, so that a source of nothing but bad records is not collected whole before a skip rule is asked.</summary>
    public int Remaining => _rejects.Count < Math.Max(_items.Length, LeastRejects) ? _items.Length - Count : 0;

    /// <summary>How many items were added.</summary>
    public int Count { get; private set; }

    /// <summary>The place after everything added so far; set it with each call that adds something.</summary>
    public Checkpoint? Checkpoint { get; set; }

    /// <summary>How much of the source is behind the checkpoint, 0 to 1; null, the default, where the reader cannot tell.</summary>
    public double? Fraction { get; set; }

    /// <summary>Room for more items, to be filled from the front and confirmed with <see cref="Advance"/>.</summary>
    public Span<T> FreeSpan => _items.AsSpan(Count);

    internal ReadOnlySpan<T> Items => _items.AsSpan(0, Count);

    internal ReadOnlyMemory<T> Memory => _items.AsMemory(0, Count);

    internal IReadOnlyList<ReadReject> Rejects => _rejects;

    /// <summary>In a re-drive the dead letter behind each item; empty otherwise.</summary>
    internal List<long> Letters { get; } = [];

    internal bool IsEnd { get; private set; }

    internal bool IsEmpty => Count == 0 && _rejects.Count == 0;

    /// <summary>Adds an item.</summary>
    /// <exception cref="InvalidOperationException">The batch is full.</exception>
    public void Add(T item)
    {
        if (Count == _items.Length)
            throw Full();
        _items[Count++] = item;
    }

    /// <summary>Adds items.</summary>
    /// <exception cref="InvalidOperationException">There is no room for all of them.</exception>
    public void AddRange(ReadOnlySpan<T> items)
    {
        if (items.Length > _items.Length - Count)
            throw Full();
        items.CopyTo(FreeSpan);
        Count += items.Length;
    }

    /// <summary>Confirms <paramref name="count"/> items written to <see cref="FreeSpan"/>.</summary>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _items.Length - Count);
        Count += count;
    }

    /// <summary>Notes a record that could not become an item. It takes no item's place; the skip rules decide what happens.</summary>
    public void Reject(Exception fault, string? payload = null, string? location = null)
    {
        ArgumentNullException.ThrowIfNull(fault);
        _rejects.Add(new() { Fault = fault, Payload = payload, Location = location, Ordinal = _firstOrdinal + Count + _rejects.Count });
        _rejectedBefore.Add(Count);
    }

    /// <summary>Says that nothing follows what was added so far.</summary>
    public void End() => IsEnd = true;

    /// <summary>The place of an item in the reader's sequence, rejects counted, from 1.</summary>
    internal long OrdinalOf(int index)
    {
        var rejects = 0;
        while (rejects < _rejectedBefore.Count && _rejectedBefore[rejects] <= index)
            rejects++;
        return _firstOrdinal + index + rejects;
    }

    internal void Clear(long firstOrdinal)
    {
        // Without this, a pooled batch would keep the last chunk's objects alive.
        if (System.Runtime.CompilerServices.RuntimeHelpers.IsReferenceOrContainsReferences<T>())
            _items.AsSpan(0, Count).Clear();
        Count = 0;
        _rejects.Clear();
        _rejectedBefore.Clear();
        Letters.Clear();
        Checkpoint = null;
        Fraction = null;
        IsEnd = false;
        _firstOrdinal = firstOrdinal;
    }

    private InvalidOperationException Full() => new(
        $"The batch is full at {_items.Length} items. Add at most 'Remaining' items a call; the engine asks again.");
}
