using Clutch.Relational.Tables;

namespace Clutch.Relational.Bulk;

/// <summary>A chunk in the order of its keys, each key once: sorted input writes an index page once, and a statement may touch a row only once.</summary>
public static class KeyOrder
{
    /// <summary>The places of the items to write, sorted by key; of items with equal keys the last. Null where the chunk is in order as it stands.</summary>
    public static int[]? Of<T>(TableMap<T> table, ReadOnlySpan<T> items)
    {
        ArgumentNullException.ThrowIfNull(table);
        return IsInOrder(table.Keys, items) ? null : Sort(table.Keys, items);
    }

    private static bool IsInOrder<T>(IReadOnlyList<ColumnMap<T>> keys, ReadOnlySpan<T> items)
    {
        for (var i = 1; i < items.Length; i++)
        {
            if (Compare(keys, items[i - 1], items[i]) >= 0)
                return false;
        }

        return true;
    }

    private static int[] Sort<T>(IReadOnlyList<ColumnMap<T>> keys, ReadOnlySpan<T> items)
    {
        var copy = items.ToArray();
        var places = new int[copy.Length];
        for (var i = 0; i < places.Length; i++)
            places[i] = i;
        Array.Sort(places, (left, right) => Compare(keys, copy[left], copy[right]) is var order and not 0 ? order : left.CompareTo(right));
        return WithoutEarlierTwins(keys, copy, places);
    }

    private static int[] WithoutEarlierTwins<T>(IReadOnlyList<ColumnMap<T>> keys, T[] items, int[] places)
    {
        var count = 0;
        for (var i = 0; i < places.Length; i++)
        {
            if (i + 1 == places.Length || Compare(keys, items[places[i]], items[places[i + 1]]) != 0)
                places[count++] = places[i];
        }

        return places[..count];
    }

    private static int Compare<T>(IReadOnlyList<ColumnMap<T>> keys, T left, T right)
    {
        for (var i = 0; i < keys.Count; i++)
        {
            if (keys[i].Compare(left, right) is var order and not 0)
                return order;
        }

        return 0;
    }
}
