using Clutch.Ical.Components;

namespace Clutch.Ical.Reading;

/// <summary>The event that counts so far for each key of a feed.</summary>
/// <remarks>A dictionary whose entries never move: when it grows it makes only the table that finds them anew, and so takes half of the
/// memory that a <see cref="Dictionary{TKey, TValue}"/> leaves behind on its way to the same size.</remarks>
internal sealed class EventsByKey
{
    private const int LeastEntries = 4;
    private const int PageEntries = 1024;

    private readonly List<Entry[]> _pages = [new Entry[LeastEntries]];
    private int[] _lastOf = new int[LeastEntries];
    private int _count;

    private int RoomInPages => _pages[0].Length * _pages.Count;

    /// <summary>The place of the event with this key: it holds null until someone puts one there.</summary>
    public ref CalendarEvent? PlaceOf(ContentHash key)
    {
        for (var number = _lastOf[SlotOf(key)]; number > 0;)
        {
            ref var entry = ref EntryOf(number);
            if (entry.Key == key) return ref entry.Event;
            number = entry.Before;
        }

        return ref Add(key).Event;
    }

    // Not the key's own bits: a feed may forge keys that agree in them, and GetHashCode is another one in each process.
    private int SlotOf(ContentHash key) => key.GetHashCode() & (_lastOf.Length - 1);

    /// <summary>Entries count from 1, so that 0 means none.</summary>
    private ref Entry EntryOf(int number) => ref _pages[(number - 1) / PageEntries][(number - 1) % PageEntries];

    private ref Entry Add(ContentHash key)
    {
        if (_count == _lastOf.Length) GrowTable();
        if (_count == RoomInPages) GrowPages();
        ref var entry = ref EntryOf(++_count);
        entry.Key = key;
        Link(ref entry, _count);
        return ref entry;
    }

    private void Link(ref Entry entry, int number)
    {
        ref var last = ref _lastOf[SlotOf(entry.Key)];
        (entry.Before, last) = (last, number);
    }

    private void GrowTable()
    {
        _lastOf = new int[_lastOf.Length * 2];
        for (var number = 1; number <= _count; number++) Link(ref EntryOf(number), number);
    }

    private void GrowPages()
    {
        if (_count >= PageEntries) _pages.Add(new Entry[PageEntries]);
        else _pages[0] = [.. _pages[0], .. new Entry[_count]];
    }

    private struct Entry
    {
        public ContentHash Key;
        public CalendarEvent? Event;

        /// <summary>The entry before this one in the same slot of the table.</summary>
        public int Before;
    }
}
