namespace Clutch.Ical.Reading;

/// <summary>A growing run of bytes that is emptied and filled again without giving its memory back.</summary>
internal sealed class ByteBuffer
{
    // A single huge component must not pin its memory for the rest of the feed.
    private const int KeptCapacity = 256 * 1024;

    private byte[] _bytes = new byte[4 * 1024];

    public int Length { get; private set; }

    public Span<byte> Written => _bytes.AsSpan(0, Length);

    public void Append(ReadOnlySpan<byte> bytes)
    {
        EnsureRoom(bytes.Length);
        bytes.CopyTo(_bytes.AsSpan(Length));
        Length += bytes.Length;
    }

    /// <summary>The bytes and a line end.</summary>
    public void AppendLine(ReadOnlySpan<byte> bytes)
    {
        EnsureRoom(bytes.Length + 1);
        bytes.CopyTo(_bytes.AsSpan(Length));
        _bytes[Length + bytes.Length] = (byte)'\n';
        Length += bytes.Length + 1;
    }

    public void Append(byte value)
    {
        EnsureRoom(1);
        _bytes[Length++] = value;
    }

    public void Clear()
    {
        Length = 0;
        if (_bytes.Length > KeptCapacity) _bytes = new byte[4 * 1024];
    }

    private void EnsureRoom(int count)
    {
        if (Length + count <= _bytes.Length) return;
        Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max(_bytes.Length * 2L, Length + (long)count)));
    }
}
