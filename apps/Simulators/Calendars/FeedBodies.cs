using System.Collections.Concurrent;
using System.IO.Compression;
using System.Security.Cryptography;

namespace Simulators.Calendars;

/// <summary>The text of a feed, packed, with its validators.</summary>
internal sealed record FeedBody(int Revision, string Hash, DateTimeOffset ChangedAt, byte[] Packed);

/// <summary>The bodies of the feeds as they stand. Packed ones are kept, so that ten thousand feeds cost the machine of a measurement little.</summary>
internal sealed class FeedBodies(SimulatorOptions options, FeedDesk desk)
{
    public static readonly TimeSpan RefreshInterval = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<int, FeedBody> _bodies = new();

    public IReadOnlyList<FeedEvent> EventsOf(int feed) => FeedContent.Of(options.Seed, feed, desk.StateOf(feed).Revision, options.EventsPerFeed);

    public FeedBody BodyOf(int feed)
    {
        var state = desk.StateOf(feed);
        if (_bodies.TryGetValue(feed, out var kept) && kept.Revision == state.Revision)
            return kept;
        var text = Write(feed, EventsOf(feed), stamp: null);
        var body = new FeedBody(state.Revision, Convert.ToHexStringLower(SHA256.HashData(text).AsSpan(0, 16)), state.ChangedAt, Pack(text));
        _bodies[feed] = body;
        return body;
    }

    public static byte[] Write(int feed, IEnumerable<FeedEvent> events, DateTimeOffset? stamp) => FeedText.Write($"Feed {feed}", events, stamp, RefreshInterval);

    public static byte[] Unpack(byte[] packed)
    {
        using var gzip = new GZipStream(new MemoryStream(packed), CompressionMode.Decompress);
        using var plain = new MemoryStream();
        gzip.CopyTo(plain);
        return plain.ToArray();
    }

    public static byte[] Pack(byte[] text)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(text);
        return packed.ToArray();
    }
}
