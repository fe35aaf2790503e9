using System.Buffers;
using System.Security.Cryptography;
using Clutch.Ical.Reading;

namespace CalendarSync.Feeds;

/// <summary>A decoded body: its first bytes in memory, a long rest in a temporary file that goes with it.</summary>
/// <remarks>A body is kept until it is known whether it changed and what is stored of it: memory must not grow with its size.</remarks>
public sealed class FeedBody : IDisposable
{
    private readonly int _memoryLimit;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] _memory = ArrayPool<byte>.Shared.Rent(8_192);
    private int _inMemory;
    private FileStream? _file;
    private byte[]? _digest;

    /// <summary>An empty body.</summary>
    /// <param name="memoryLimit">Bytes kept in memory.</param>
    public FeedBody(int memoryLimit)
    {
        _memoryLimit = memoryLimit;
    }

    /// <summary>Its size in bytes.</summary>
    public long Length { get; private set; }

    /// <summary>SHA-256 of the bytes. No byte can follow after it was asked for.</summary>
    public byte[] Digest => _digest ??= _hash.GetHashAndReset();

    /// <summary>Whether it begins like HTML or XML.</summary>
    public bool LooksLikeMarkup => _memory.AsSpan(0, _inMemory).TrimStart("\uFEFF \t\r\n"u8) is [(byte)'<', ..];

    /// <summary>Adds bytes at the end.</summary>
    public async ValueTask AppendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        _hash.AppendData(bytes.Span);
        Length += bytes.Length;
        if (_file is null && _inMemory + bytes.Length <= _memoryLimit)
        {
            Keep(bytes.Span);
            return;
        }

        _file ??= OpenFile();
        await _file.WriteAsync(bytes, cancellationToken);
    }

    /// <summary>Feeds all bytes to a scan, until it is refused.</summary>
    public async Task FeedAsync(CalendarScan scan, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(scan);
        scan.Feed(_memory.AsSpan(0, _inMemory));
        if (_file is null) return;

        _file.Position = 0;
        var buffer = ArrayPool<byte>.Shared.Rent(65_536);
        try
        {
            while (!scan.IsRejected && await _file.ReadAsync(buffer, cancellationToken) is var count and > 0) scan.Feed(buffer.AsSpan(0, count));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_memory.Length > 0) ArrayPool<byte>.Shared.Return(_memory);
        _memory = [];
        _inMemory = 0;
        _hash.Dispose();
        _file?.Dispose();
        _file = null;
    }

    private static FileStream OpenFile()
    {
        var path = Path.Combine(Path.GetTempPath(), $"calendar-feed-{Guid.NewGuid():N}");
        var file = new FileStream(
            path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.None, Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous });
        // On Unix DeleteOnClose means at Dispose, which a killed process never reaches; but there an open file needs no name.
        if (!OperatingSystem.IsWindows()) File.Delete(path);
        return file;
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        if (_inMemory + bytes.Length > _memory.Length) Grow(_inMemory + bytes.Length);
        bytes.CopyTo(_memory.AsSpan(_inMemory));
        _inMemory += bytes.Length;
    }

    private void Grow(int needed)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, Math.Min(_memoryLimit, _memory.Length * 2)));
        _memory.AsSpan(0, _inMemory).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_memory);
        _memory = larger;
    }
}
