using System.Buffers;

namespace Clutch.Ical.Writing;

/// <summary>Writes content lines, folded at 75 octets but never inside a character, each ended by CR LF (RFC 5545, 3.1).</summary>
internal static class LineFolder
{
    private const int MostOctets = 75;

    private static readonly byte[] LineEnd = [(byte)'\r', (byte)'\n'];

    public static void Write(IBufferWriter<byte> target, ReadOnlySpan<byte> line)
    {
        if (line.Length <= MostOctets) WriteWhole(target, line);
        else WriteFolded(target, line);
    }

    private static void WriteWhole(IBufferWriter<byte> target, ReadOnlySpan<byte> line)
    {
        var span = target.GetSpan(line.Length + 2);
        line.CopyTo(span);
        LineEnd.CopyTo(span[line.Length..]);
        target.Advance(line.Length + 2);
    }

    private static void WriteFolded(IBufferWriter<byte> target, ReadOnlySpan<byte> line)
    {
        var length = FoldAt(line, MostOctets);
        WriteWhole(target, line[..length]);
        for (line = line[length..]; !line.IsEmpty; line = line[length..])
        {
            // The blank that marks a continuation counts among the 75.
            length = FoldAt(line, MostOctets - 1);
            WriteContinuation(target, line[..length]);
        }
    }

    private static void WriteContinuation(IBufferWriter<byte> target, ReadOnlySpan<byte> part)
    {
        var span = target.GetSpan(part.Length + 3);
        span[0] = (byte)' ';
        part.CopyTo(span[1..]);
        LineEnd.CopyTo(span[(part.Length + 1)..]);
        target.Advance(part.Length + 3);
    }

    private static int FoldAt(ReadOnlySpan<byte> line, int most)
    {
        if (line.Length <= most) return line.Length;
        var at = most;
        while (at > most - 3 && (line[at] & 0xC0) == 0x80) at--;
        return at;
    }
}
