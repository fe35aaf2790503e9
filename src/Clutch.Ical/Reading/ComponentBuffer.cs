using System.Buffers;
using System.Text;
using System.Text.Unicode;
using Clutch.Ical.Properties;

namespace Clutch.Ical.Reading;

/// <summary>The lines of one component directly below VCALENDAR while it is read, in canonical form.</summary>
/// <remarks>Lines that say something lie one after the other, so that one pass over them is the content hash. DTSTAMP, CREATED and X- lines
/// lie apart: servers change them at each request, and an event must not look new because of it.</remarks>
internal sealed class ComponentBuffer
{
    // TAB and the line end of this buffer are the only control characters that may stay; PostgreSQL refuses NUL, and nobody can show the others.
    private static readonly SearchValues<byte> ForbiddenControls = SearchValues.Create(
        Enumerable.Range(0, 32).Select(code => (byte)code).Where(code => code is not (9 or 10)).ToArray());

    private static readonly byte[] Replacement = [0xEF, 0xBF, 0xBD];

    private readonly ByteBuffer _signal = new();
    private readonly ByteBuffer _noise = new();
    private LineSlot[] _slots = new LineSlot[32];
    private readonly int[] _firstOf = new int[PropertyNames.Count];
    private int _count;
    private int _depth;

    public ReadOnlySpan<LineSlot> Slots => _slots.AsSpan(0, _count);

    public int Bytes => _signal.Length + _noise.Length;

    public ContentHash Hash => ContentHash.Of(_signal.Written);

    public void Clear()
    {
        _signal.Clear();
        _noise.Clear();
        _count = 0;
        _depth = 0;
        Array.Clear(_firstOf);
        if (_slots.Length > 1024) _slots = new LineSlot[32];
    }

    public void Add(in ContentLine line, int lineNumber) => Add(line.Id, line.Line, line.NameLength, line.ValueOffset, lineNumber);

    public ReadOnlySpan<byte> ValueOf(scoped in LineSlot slot) => LineOf(slot)[slot.ValueOffset..];

    public ReadOnlySpan<byte> LineOf(scoped in LineSlot slot) => (slot.IsNoise ? _noise : _signal).Written.Slice(slot.Offset, slot.Length);

    /// <summary>The first property of the component itself, not of one inside it.</summary>
    public bool TryFind(PropertyId id, out LineSlot slot)
    {
        var number = _firstOf[(int)id];
        slot = number > 0 ? _slots[number - 1] : default;
        return number > 0;
    }

    /// <summary>Drops control characters and replaces what is no UTF-8, if there is any; tells what a person should know of it.</summary>
    public void Sanitize(FaultLog faults)
    {
        var isUtf8 = Utf8.IsValid(_signal.Written) && Utf8.IsValid(_noise.Written);
        if (isUtf8 && !HasForbiddenControls(_signal) && !HasForbiddenControls(_noise)) return;

        Rebuild(faults);
    }

    /// <summary>Copies all the bytes; a slot's line begins at <see cref="OffsetOf"/> in them.</summary>
    public void CopyTo(Span<byte> bytes)
    {
        _signal.Written.CopyTo(bytes);
        _noise.Written.CopyTo(bytes[_signal.Length..]);
    }

    public int OffsetOf(in LineSlot slot) => slot.IsNoise ? _signal.Length + slot.Offset : slot.Offset;

    private static bool HasForbiddenControls(ByteBuffer buffer) => buffer.Written.ContainsAny(ForbiddenControls);

    private static bool IsNoise(PropertyId id, ReadOnlySpan<byte> name) =>
        id is PropertyId.DtStamp or PropertyId.Created
        || (id is PropertyId.Other && name.Length >= 2 && (name[0] | 0x20) == 'x' && name[1] == (byte)'-');

    private void Add(PropertyId id, ReadOnlySpan<byte> line, int nameLength, int valueOffset, int lineNumber)
    {
        var isNoise = IsNoise(id, line[..nameLength]);
        var buffer = isNoise ? _noise : _signal;
        if (_count == _slots.Length) Array.Resize(ref _slots, _slots.Length * 2);
        _slots[_count++] = new(buffer.Length, line.Length, valueOffset, lineNumber, (byte)nameLength, id, isNoise);
        buffer.AppendLine(line);
        Note(id);
    }

    private void Note(PropertyId id)
    {
        if (id == PropertyId.Begin) _depth++;
        else if (id == PropertyId.End) _depth--;
        else if (_depth == 0 && _firstOf[(int)id] == 0) _firstOf[(int)id] = _count;
    }

    private void Rebuild(FaultLog faults)
    {
        var lines = Slots.ToArray();
        var bytes = new byte[Bytes];
        CopyTo(bytes);
        var offsets = Array.ConvertAll(lines, line => OffsetOf(line));
        var isTold = false;
        Clear();
        for (var at = 0; at < lines.Length; at++)
        {
            var line = bytes.AsSpan(offsets[at], lines[at].Length);
            if (!isTold && !Utf8.IsValid(line))
            {
                faults.Add(FaultKind.NotUtf8, lines[at].LineNumber, "The text is not UTF-8; what could not be read became U+FFFD.");
                isTold = true;
            }

            AddCleaned(line, lines[at], faults);
        }
    }

    private void AddCleaned(ReadOnlySpan<byte> line, in LineSlot slot, FaultLog faults)
    {
        // A BEGIN or END must stay whatever parameters it had, or the nesting would no longer fit.
        byte[] cleaned = slot.Id is PropertyId.Begin or PropertyId.End
            ? [.. line[..slot.NameLength], (byte)':', .. Clean(line[slot.ValueOffset..])]
            : Clean(line);
        if (ContentLine.TryRead(cleaned, out var content, out var reason)) Add(content, slot.LineNumber);
        else faults.Add(FaultKind.BadLine, slot.LineNumber, reason);
    }

    private static byte[] Clean(ReadOnlySpan<byte> text)
    {
        var clean = new ByteBuffer();
        while (!text.IsEmpty)
        {
            var status = Rune.DecodeFromUtf8(text, out _, out var consumed);
            if (status != OperationStatus.Done) clean.Append(Replacement);
            else if (consumed > 1 || !ForbiddenControls.Contains(text[0])) clean.Append(text[..consumed]);
            text = text[consumed..];
        }

        return clean.Written.ToArray();
    }
}
