namespace Clutch.Items;

/// <summary>An item of a batch that failed, and why.</summary>
/// <param name="Index">Its place in the batch, from 0.</param>
/// <param name="Fault">The exception that skip and retry rules look at.</param>
public readonly record struct ItemFault(int Index, Exception Fault);

/// <summary>Thrown by a writer that knows which item failed, where the failure undid the whole write: a database that names the row, say.</summary>
/// <remarks>The engine takes that item out and writes the others, without searching. Rules look at <see cref="Exception.InnerException"/>.</remarks>
public sealed class ItemWriteException : Exception
{
    /// <summary>The item at <paramref name="index"/> of the batch made the write fail.</summary>
    public ItemWriteException(int index, Exception fault)
        : base($"Item {index} of the batch could not be written: {fault?.Message}", fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        Index = index;
    }

    /// <summary>Its place in the batch, from 0.</summary>
    public int Index { get; }
}
