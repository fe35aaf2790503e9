namespace Clutch.Relational.Tables;

/// <summary>A column and how its value comes from an item.</summary>
public abstract class ColumnMap<T>
{
    private protected ColumnMap(string name, bool isKey)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Name = name;
        IsKey = isKey;
    }

    /// <summary>The column's name.</summary>
    public string Name { get; }

    /// <summary>Whether it belongs to the key.</summary>
    public bool IsKey { get; }

    /// <summary>Gives the item's value to the sink.</summary>
    public abstract void Write(T item, IValueSink sink);

    /// <summary>Compares two items by this column: nulls first, text by code units.</summary>
    public abstract int Compare(T left, T right);
}

internal sealed class ColumnMap<T, TValue>(string name, bool isKey, Func<T, TValue> value) : ColumnMap<T>(name, isKey)
{
    private readonly Action<TValue, IValueSink> _write = ValueWriters.For<TValue>(name);
    private readonly IComparer<TValue> _comparer = ComparerOf();

    public override void Write(T item, IValueSink sink) => _write(value(item), sink);

    public override int Compare(T left, T right) => _comparer.Compare(value(left), value(right));

    private static IComparer<TValue> ComparerOf() => typeof(TValue) == typeof(string)
        ? (IComparer<TValue>)(object)StringComparer.Ordinal
        : typeof(TValue) == typeof(byte[])
            ? (IComparer<TValue>)(object)Comparer<byte[]>.Create(static (left, right) => left.AsSpan().SequenceCompareTo(right))
            : Comparer<TValue>.Default;
}
