namespace Clutch.Files.Reading;

/// <summary>A window on a file's text: the bytes that were read and not yet taken. One array is reused from first record to last.</summary>
internal sealed class RecordBuffer(int size, int maxRecordLength)
{
    // Two bytes more than the longest record, so that its CR LF can be told apart from a CR.
    private readonly int _maxCapacity = maxRecordLength + 2;
    private byte[] _bytes = new byte[Math.Min(size, maxRecordLength + 2)];
    private int _start;
    private int _end;

    /// <summary>The offset in the file's text of the first byte not yet taken.</summary>
    public long Position { get; private set; }

    /// <summary>Whether the end of the file was seen: what is here is all there is.</summary>
    public bool IsLast { get; private set; }

    public bool IsFull => _start == 0 && _end == _maxCapacity;

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(_start, _end - _start);

    /// <summary>The first bytes not yet taken, as a part of the array.</summary>
    public ArraySegment<byte> Front(int length) => new(_bytes, _start, length);

    public bool TryNext(RecordSplitter splitter, out RecordExtent record)
    {
        record = default;
        return _start < _end && splitter.TrySplit(_bytes.AsSpan(_start, _end - _start), IsLast, out record);
    }

    public void Take(int length)
    {
        _start += length;
        Position += length;
    }

    /// <summary>Empties the buffer and says where in the text the next byte comes from.</summary>
    public void Reset(long position)
    {
        _start = _end = 0;
        Position = position;
        IsLast = false;
    }

    /// <summary>Reads bytes behind those that are here until the array is full; none more come once <see cref="IsLast"/> holds.</summary>
    /// <remarks>
    /// A decompressing or converting source gives little at a time. Each call is followed by another look at the record from its first byte, so a long
    /// one would cost the square of its length if the array were not filled: filled, it doubles from call to call.
    /// </remarks>
    public async ValueTask FillAsync(ByteSource source, CancellationToken cancellationToken)
    {
        MakeRoom();
        while (_end < _bytes.Length && !IsLast)
        {
            var count = await source.ReadAsync(_bytes.AsMemory(_end), cancellationToken);
            _end += count;
            IsLast = count == 0;
        }
    }

    private void MakeRoom()
    {
        if (_start > 0)
            MoveToFront();
        if (_end == _bytes.Length)
            Array.Resize(ref _bytes, (int)Math.Min(_maxCapacity, _bytes.Length * 2L));
    }

    private void MoveToFront()
    {
        _bytes.AsSpan(_start, _end - _start).CopyTo(_bytes);
        _end -= _start;
        _start = 0;
    }
}
