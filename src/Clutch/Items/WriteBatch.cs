namespace Clutch.Items;

/// <summary>The outputs of a chunk, or a part of them while a failing one is searched.</summary>
public sealed class WriteBatch<T>
{
    private readonly List<ItemFault> _faults = [];

    /// <summary>The items to write, in read order.</summary>
    public ReadOnlyMemory<T> Items { get; private set; }

    /// <summary>How many items there are.</summary>
    public int Count => Items.Length;

    internal IReadOnlyList<ItemFault> Faults => _faults;

    /// <summary>Marks an item that failed although all others are written and the transaction is sound.</summary>
    /// <param name="index">Which item, from 0.</param>
    /// <param name="fault">Why; retry and skip rules look at its type.</param>
    public void Fail(int index, Exception fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        if (_faults.Exists(known => known.Index == index))
            throw new InvalidOperationException($"The writer failed item {index} of the batch twice.");
        _faults.Add(new(index, fault));
    }

    internal void Reset(ReadOnlyMemory<T> items)
    {
        Items = items;
        _faults.Clear();
    }
}
