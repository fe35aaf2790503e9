using System.IO.Compression;
using System.Security.Cryptography;

namespace Clutch.Files.Reading;

/// <summary>Decompresses gzip (RFC 1952, several members too) and, unlike the runtime's stream, refuses a file that was cut off.</summary>
/// <remarks>
/// <see cref="GZipStream"/> takes the end of its input for the end of its data, wherever it comes. So the file is given one more member that holds a
/// secret mark: it comes out at the end only if the member before it was complete, and is taken off again here.
/// </remarks>
internal sealed class GzipText : Stream
{
    private const int MarkLength = 16;
    private const int BufferSize = 64 * 1024;
    private readonly byte[] _mark = RandomNumberGenerator.GetBytes(MarkLength);
    private readonly byte[] _buffer = new byte[BufferSize];
    private readonly FollowedStream _members;
    private readonly GZipStream _gzip;
    private int _start;
    private int _end;
    private bool _isEnd;

    public GzipText(Stream file)
    {
        _members = new(file, Compressed(_mark));
        _gzip = new(_members, CompressionMode.Decompress);
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException("How long a compressed file's text is shows at its end.");

    public override long Position
    {
        get => throw new NotSupportedException("The reader counts for itself.");
        set => throw new NotSupportedException("Compressed text has no places to jump to.");
    }

    /// <exception cref="InvalidDataException">The data is cut off or damaged.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_end - _start <= MarkLength && !_isEnd)
            await FillAsync(cancellationToken);
        if (_isEnd)
            CheckMark();
        var count = Math.Min(buffer.Length, _end - _start - MarkLength);
        _buffer.AsSpan(_start, count).CopyTo(buffer.Span);
        _start += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read it asynchronously.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("Compressed text has no places to jump to.");

    public override void SetLength(long value) => throw new NotSupportedException("It is read only.");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("It is read only.");

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _gzip.Dispose();
        base.Dispose(disposing);
    }

    private async ValueTask FillAsync(CancellationToken cancellationToken)
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        _end -= _start;
        _start = 0;
        var count = await _gzip.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        _end += count;
        _isEnd = count == 0;
    }

    private void CheckMark()
    {
        // Nothing at all, compressed, is twenty bytes. GZipStream alone leaves none where nothing is written to it, and a transfer that failed looks the same.
        if (_members.IsFirstEmpty)
            throw new InvalidDataException("There is not a single byte.");
        if (!_buffer.AsSpan(_start, _end - _start).EndsWith(_mark))
            throw new InvalidDataException("The compressed data ends too early, or something else follows it.");
    }

    private static byte[] Compressed(byte[] mark)
    {
        using var member = new MemoryStream();
        using (var gzip = new GZipStream(member, CompressionLevel.NoCompression, leaveOpen: true))
            gzip.Write(mark);
        return member.ToArray();
    }

    /// <summary>A stream's bytes, and others after its end.</summary>
    private sealed class FollowedStream(Stream first, byte[] then) : Stream
    {
        private int _thenRead;

        /// <summary>Whether the first stream gave no byte, so far as it was read.</summary>
        public bool IsFirstEmpty { get; private set; } = true;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException("Nobody asks for it.");

        public override long Position
        {
            get => throw new NotSupportedException("Nobody asks for it.");
            set => throw new NotSupportedException("Nobody asks for it.");
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = await first.ReadAsync(buffer, cancellationToken);
            IsFirstEmpty &= count == 0;
            if (count > 0)
                return count;
            count = Math.Min(buffer.Length, then.Length - _thenRead);
            then.AsSpan(_thenRead, count).CopyTo(buffer.Span);
            _thenRead += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read it asynchronously.");

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("Nobody asks for it.");

        public override void SetLength(long value) => throw new NotSupportedException("It is read only.");

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("It is read only.");
    }
}
