using System.Data.Common;

namespace Clutch.Relational.Reading;

/// <summary>A page: its items, and the key of each.</summary>
internal sealed class KeysetPage<T>
{
    private readonly T[] _items;
    private readonly KeyColumn[] _keys;

    private KeysetPage(T[] items, KeyColumn[] keys)
    {
        _items = items;
        _keys = keys;
    }

    public int Count { get; private set; }

    public static async ValueTask<KeysetPage<T>> ReadAsync(DbDataReader rows, KeysetQuery<T> query, CancellationToken cancellationToken)
    {
        var ordinals = query.Key.Select(column => query.Columns.ToList().IndexOf(column)).ToArray();
        ThrowIfCitext(rows, query, ordinals);
        var page = new KeysetPage<T>(new T[query.PageSize], Array.ConvertAll(ordinals, ordinal => KeyColumn.For(rows, ordinal, query.PageSize)));
        while (await rows.ReadAsync(cancellationToken))
            page.Take(rows, query, ordinals);
        return page;
    }

    public ReadOnlySpan<T> Items(int start, int count) => _items.AsSpan(start, count);

    public IReadOnlyList<object> KeyAt(int index) => Array.ConvertAll(_keys, column => column.At(index));

    // The place in it would be compared as text, with regard to case, and rows left out or read twice.
    private static void ThrowIfCitext(DbDataReader rows, KeysetQuery<T> query, int[] ordinals)
    {
        foreach (var ordinal in ordinals)
        {
            var (column, type) = (query.Columns[ordinal], rows.GetDataTypeName(ordinal));
            if (type is "citext" || type.EndsWith(".citext", StringComparison.Ordinal))
                throw new InvalidOperationException($"Key column '{column}' of '{query.From}' is of type 'citext', whose order ignores case. Write '{column}::text' for it in Key and in Columns, or choose another key.");
        }
    }

    private void Take(DbDataReader row, KeysetQuery<T> query, int[] ordinals)
    {
        for (var i = 0; i < ordinals.Length; i++)
        {
            if (row.IsDBNull(ordinals[i]))
                throw new InvalidDataException($"Key column '{query.Key[i]}' of '{query.From}' is null in a row, so no page can follow it. Exclude such rows with Where, or choose another key.");
            _keys[i].Take(row, Count);
        }

        _items[Count++] = query.Map(row);
    }
}
