using System.Text;
using Clutch.Ical.Reading;
using Clutch.Ical.Writing;

namespace Clutch.Tests.Ical;

/// <summary>All that a reading gives as one text, to compare two readings with.</summary>
internal static class ReadDigest
{
    public static string Of(ReadResult result)
    {
        var digest = new StringBuilder().Append(result.Verdict).Append('\n');
        foreach (var fault in result.Faults) digest.Append(fault).Append('\n');
        foreach (var calendar in result.Calendars) digest.Append(Encoding.UTF8.GetString(CalendarWriter.ToBytes(calendar)));
        return digest.ToString();
    }

    public static ReadResult ReadInPieces(byte[] feed, int pieceLength, ReadOptions? options = null)
    {
        var stream = new PiecewiseStream(feed, pieceLength);
        return CalendarReader.ReadAsync(stream, options).GetAwaiter().GetResult();
    }

    /// <summary>Gives no more than a few bytes at a time, as a slow network does.</summary>
    private sealed class PiecewiseStream(byte[] bytes, int pieceLength) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(pieceLength, buffer.Length)], cancellationToken);
    }
}
