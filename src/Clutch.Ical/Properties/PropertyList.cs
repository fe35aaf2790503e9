using System.Collections;
using System.Runtime.InteropServices;

namespace Clutch.Ical.Properties;

/// <summary>The properties of a component in their order: as read, lines that lie one after the other behind their marks; once changed, an array.</summary>
/// <remarks>An event that was read is then one object and a stretch of bytes that others may share: the collector finds no references in it.
/// A copy of the list keeps its length, and may or may not show what is changed later.</remarks>
internal struct PropertyList : IReadOnlyList<CalendarProperty>
{
    private byte[]? _lines;
    private readonly int _first;
    private CalendarProperty[]? _changed;
    private int _count;

    private PropertyList(ArraySegment<byte> memory, int count)
    {
        _lines = memory.Array;
        _first = memory.Offset;
        _count = count;
    }

    /// <summary>How many there are.</summary>
    public readonly int Count => _count;

    public readonly CalendarProperty this[int at]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)at, (uint)_count, nameof(at));
            return _changed is null ? Line(Marks, at) : _changed[at];
        }
    }

    private readonly ReadOnlySpan<LineMark> Marks => MarksOf(_lines.AsSpan(_first), _count);

    /// <summary>The bytes that so many lines need together with their marks.</summary>
    public static int SizeOf(int count, int lineBytes) => (count * LineMark.Size) + lineBytes;

    public readonly Enumerator GetEnumerator() => new(this);

    readonly IEnumerator<CalendarProperty> IEnumerable<CalendarProperty>.GetEnumerator()
    {
        for (var at = 0; at < _count; at++) yield return this[at];
    }

    readonly IEnumerator IEnumerable.GetEnumerator() => ((IEnumerable<CalendarProperty>)this).GetEnumerator();

    /// <summary>The first of that id.</summary>
    public readonly bool TryFind(PropertyId id, out CalendarProperty property)
    {
        var at = IndexOf(id);
        property = at < 0 ? default : this[at];
        return at >= 0;
    }

    public void Add(CalendarProperty property)
    {
        if (_changed is null || _count == _changed.Length) Grow();
        _changed![_count++] = property;
    }

    /// <summary>Puts a property in the place of the first of its name and drops the others of that name; at the end if there is none.</summary>
    public void Set(CalendarProperty property)
    {
        var name = property.Name;
        var at = IndexOf(name, 0);
        if (at < 0)
        {
            Add(property);
            return;
        }

        if (_changed is null) Grow();
        _changed![at] = property;
        Remove(name, at + 1);
    }

    /// <summary>Drops all of that name, from one on; returns how many there were.</summary>
    public int Remove(string name, int first = 0)
    {
        var kept = IndexOf(name, first);
        if (kept < 0) return 0;

        if (_changed is null) Grow();
        for (var at = kept + 1; at < _count; at++)
            if (!_changed![at].IsNamed(name)) _changed[kept++] = _changed[at];
        var removed = _count - kept;
        Array.Clear(_changed!, kept, removed);
        _count = kept;
        return removed;
    }

    private static Span<LineMark> MarksOf(Span<byte> memory, int count) => MemoryMarshal.Cast<byte, LineMark>(memory[..(count * LineMark.Size)]);

    private readonly CalendarProperty Line(ReadOnlySpan<LineMark> marks, int at)
    {
        var start = at == 0 ? 0 : marks[at - 1].End;
        ref readonly var mark = ref marks[at];
        return new(_lines!, _first + (_count * LineMark.Size) + start, mark.End - start, mark.NameLength, mark.ValueOffset, mark.Id);
    }

    private static int IndexOf(PropertyId id, ReadOnlySpan<LineMark> marks)
    {
        for (var at = 0; at < marks.Length; at++)
            if (marks[at].Id == id) return at;
        return -1;
    }

    private readonly int IndexOf(PropertyId id)
    {
        if (_changed is null) return IndexOf(id, Marks);
        for (var at = 0; at < _count; at++)
            if (_changed[at].Id == id) return at;
        return -1;
    }

    private readonly int IndexOf(string name, int first)
    {
        for (var at = first; at < _count; at++)
            if (this[at].IsNamed(name)) return at;
        return -1;
    }

    private void Grow()
    {
        var grown = new CalendarProperty[Math.Max(4, _count * 2)];
        for (var at = 0; at < _count; at++) grown[at] = this[at];
        (_changed, _lines) = (grown, null);
    }

    /// <summary>Fills a list with lines as they were read.</summary>
    /// <param name="memory">As long as <see cref="SizeOf"/> says.</param>
    /// <param name="count">How many lines there will be.</param>
    public ref struct Filler(ArraySegment<byte> memory, int count)
    {
        private readonly Span<LineMark> _marks = MarksOf(memory.AsSpan(), count);
        private readonly Span<byte> _lines = memory.AsSpan(count * LineMark.Size);
        private int _end;

        /// <summary>How many lines there are so far.</summary>
        public int Count { get; private set; }

        public void Add(ReadOnlySpan<byte> line, int nameLength, int valueOffset, PropertyId id)
        {
            line.CopyTo(_lines[_end..]);
            _end += line.Length;
            _marks[Count++] = new(_end, valueOffset, (byte)nameLength, id);
        }

        public readonly PropertyList ToList() => new(memory, count);
    }

    /// <summary>Walks over the properties without a copy of them.</summary>
    public struct Enumerator(PropertyList list)
    {
        private int _at = -1;

        public readonly CalendarProperty Current => list[_at];

        public bool MoveNext() => ++_at < list._count;
    }
}
