using System.Buffers;
using System.Text;

namespace Clutch.Files.Writing;

/// <summary>Bytes on their way to the output file; one array is reused from first record to last.</summary>
internal sealed class RecordBytes : IBufferWriter<byte>
{
    private const int SmallestRoom = 256;
    private byte[] _bytes = new byte[SmallestRoom];

    public int Count { get; private set; }

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, Count);

    public Span<byte> From(int start) => _bytes.AsSpan(start, Count - start);

    public void CutTo(int count) => Count = count;

    public void Advance(int count) => Count += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsMemory(Count);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsSpan(Count);
    }

    // The appending methods return true so that a column can say "not null" in one expression.
    public bool Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpan(bytes.Length));
        Count += bytes.Length;
        return true;
    }

    public bool Append(string text, Encoding encoding)
    {
        Count += encoding.GetBytes(text, GetSpan(encoding.GetMaxByteCount(text.Length)));
        return true;
    }

    public bool Append<TValue>(TValue value, string? format, IFormatProvider culture)
        where TValue : IUtf8SpanFormattable
    {
        int length;
        for (var room = SmallestRoom; !value.TryFormat(GetSpan(room), out length, format, culture); room *= 2)
        {
            // The next turn has twice the room.
        }

        Count += length;
        return true;
    }

    private void Reserve(int room)
    {
        var needed = Count + Math.Max(room, 1);
        if (needed > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(needed, (int)Math.Min(Array.MaxLength, _bytes.Length * 2L)));
    }
}
