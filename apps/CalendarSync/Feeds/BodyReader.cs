using System.Buffers;
using System.IO.Compression;

namespace CalendarSync.Feeds;

/// <summary>A body is over a limit, so reading it ended there.</summary>
internal sealed class BodyTooLargeException() : IOException("The body is over the limit.");

/// <summary>Reads a body as it comes: unpacks it, counts what really came, and stops at the first byte over a limit.</summary>
/// <remarks>Content-Length is not trusted, and packed bytes are not counted as they lie: zlib packs 1,028 to 1, brotli more.</remarks>
internal static class BodyReader
{
    private const int ExpansionCountsFrom = 1_000_000;

    /// <summary>Whether the encoding is one we asked for. Several at once are not: packed packs are bombs.</summary>
    public static bool CanDecode(IReadOnlyCollection<string> encodings) =>
        encodings.Count == 0 || (encodings.Count == 1 && encodings.First().ToUpperInvariant() is "GZIP" or "X-GZIP" or "BR" or "IDENTITY");

    /// <summary>Reads to the end.</summary>
    /// <exception cref="BodyTooLargeException">Too many bytes, or too many for what came on the wire.</exception>
    /// <exception cref="InvalidDataException">It is not packed as it says.</exception>
    /// <exception cref="InvalidOperationException">The same, told by Brotli.</exception>
    public static async Task<FeedBody> ReadAsync(HttpContent content, FeedOptions options, FetchClock clock)
    {
        var wire = new WireStream(await content.ReadAsStreamAsync(clock.Token), clock);
        var body = new FeedBody(options.BufferBytes);
        try
        {
            await using var decoded = Decode(wire, content.Headers.ContentEncoding);
            await CopyAsync(decoded, wire, body, options, clock.Token);
            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    private static Stream Decode(Stream wire, ICollection<string> encodings) => encodings.FirstOrDefault()?.ToUpperInvariant() switch
    {
        "GZIP" or "X-GZIP" => new GZipStream(wire, CompressionMode.Decompress),
        "BR" => new BrotliStream(wire, CompressionMode.Decompress),
        _ => wire,
    };

    private static async Task CopyAsync(Stream decoded, WireStream wire, FeedBody body, FeedOptions options, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(16_384);
        try
        {
            while (await decoded.ReadAsync(buffer, cancellationToken) is var count and > 0)
            {
                var length = body.Length + count;
                if (length > options.MaxBodyBytes) throw new BodyTooLargeException();
                if (length > ExpansionCountsFrom && length > wire.ByteCount * options.MaxExpansion) throw new BodyTooLargeException();
                await body.AppendAsync(buffer.AsMemory(0, count), cancellationToken);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
