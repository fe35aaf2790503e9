using System.Buffers;
using System.IO.Pipelines;

namespace Clutch.Ical.Reading;

/// <summary>Walks over a feed and shows each component without making objects of it: to find what changed since the last time.</summary>
/// <example><code>
/// var result = await CalendarScanner.ScanAsync(body, (in ScannedComponent component) =>
/// {
///     if (component.Kind == ComponentKind.Event &amp;&amp; !known.Contains(component.Hash)) changed.Add(component.ToEvent());
/// });
/// </code></example>
public static class CalendarScanner
{
    private const int PieceBytes = 128 * 1024;

    /// <summary>Scans a feed that lies in memory.</summary>
    public static ReadResult Scan(ReadOnlySpan<byte> feed, ScanHandler handler, ReadOptions? options = null)
    {
        var scan = new CalendarScan(handler, options);
        scan.Feed(feed);
        return scan.Complete();
    }

    /// <summary>Scans a feed as it comes. It is read to its end, or until it is refused.</summary>
    public static async Task<ReadResult> ScanAsync(Stream feed, ScanHandler handler, ReadOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(feed);
        var scan = new CalendarScan(handler, options);
        var piece = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            while (!scan.IsRejected && await feed.ReadAsync(piece, cancellationToken) is var length && length > 0) scan.Feed(piece.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }

        return scan.Complete();
    }

    /// <summary>Scans a feed as it comes. The reader is left open, and read to its end or until the feed is refused.</summary>
    public static async Task<ReadResult> ScanAsync(PipeReader feed, ScanHandler handler, ReadOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(feed);
        var scan = new CalendarScan(handler, options);
        var isCompleted = false;
        while (!isCompleted && !scan.IsRejected)
        {
            var read = await feed.ReadAsync(cancellationToken);
            foreach (var segment in read.Buffer) scan.Feed(segment.Span);
            feed.AdvanceTo(read.Buffer.End);
            isCompleted = read.IsCompleted;
        }

        return scan.Complete();
    }
}
