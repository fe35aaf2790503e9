using System.Buffers;
using Clutch.Ical.Properties;

namespace Clutch.Ical.Reading;

/// <summary>Where the parts of an unfolded content line lie (RFC 5545, 3.1).</summary>
internal readonly ref struct ContentLine
{
    // Letters, digits and '-' are what the RFC allows; '_' and a few more are met in the wild and harmless.
    private static readonly SearchValues<byte> NameBytes = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_/+$#@!"u8);

    private const int LongestName = 255;

    private ContentLine(PropertyId id, ReadOnlySpan<byte> line, int nameLength, int valueOffset)
    {
        Id = id;
        Line = line;
        NameLength = nameLength;
        ValueOffset = valueOffset;
    }

    public PropertyId Id { get; }

    /// <summary>The whole line; its name in capitals if known, without a group before it or blanks after it.</summary>
    public ReadOnlySpan<byte> Line { get; }

    public int NameLength { get; }

    /// <summary>Where in <see cref="Line"/> the value begins.</summary>
    public int ValueOffset { get; }

    public ReadOnlySpan<byte> Value => Line[ValueOffset..];

    /// <summary>Takes a line apart; null and a reason when it is no content line.</summary>
    public static bool TryRead(ReadOnlySpan<byte> line, out ContentLine content, out string reason)
    {
        content = default;
        var nameEnd = line.IndexOfAny((byte)':', (byte)';');
        if (nameEnd < 0)
        {
            reason = "The line has no colon.";
            return false;
        }

        var rest = line[nameEnd..];
        var valueOffset = rest[0] == (byte)':' ? 1 : FindValue(rest);
        if (valueOffset < 0)
        {
            reason = valueOffset == UnclosedQuote ? "A quoted parameter value is not closed." : "A parameter has no name, or the line has no colon.";
            return false;
        }

        reason = "";
        var id = PropertyNames.Find(line[..nameEnd]);
        if (id != PropertyId.Other && line.StartsWith(PropertyNames.Utf8Of(id)))
        {
            content = new(id, line, nameEnd, nameEnd + valueOffset);
            return true;
        }

        if (!TryReadName(line[..nameEnd], out id, out var name))
        {
            reason = "The property name is empty, too long, or holds characters that no name may have.";
            return false;
        }

        // Copied only where the name was written differently.
        var isAsWritten = name.Length == nameEnd && line.StartsWith(name);
        content = new(id, isAsWritten ? line : (byte[])[.. name, .. rest], name.Length, name.Length + valueOffset);
        return true;
    }

    private const int UnclosedQuote = -2;

    private static bool TryReadName(ReadOnlySpan<byte> written, out PropertyId id, out ReadOnlySpan<byte> name)
    {
        id = PropertyNames.Find(written);
        name = written;
        if (id == PropertyId.Other)
        {
            name = written[(written.LastIndexOf((byte)'.') + 1)..].Trim(" \t"u8);
            if (name.Length is 0 or > LongestName || name.ContainsAnyExcept(NameBytes)) return false;
            if (name.Length < written.Length) id = PropertyNames.Find(name);
        }

        if (id != PropertyId.Other) name = PropertyNames.Utf8Of(id);
        return true;
    }

    /// <summary>Exchange writes <c>TZID=tzone://Microsoft/Utc:20260115T090000</c> without the quotes that its colon needs.</summary>
    private static bool IsInsideZoneAddress(ReadOnlySpan<byte> rest, int at) =>
        rest[(at + 1)..].StartsWith("//"u8) && rest[..at].EndsWith("=tzone"u8) && rest[(at + 1)..].Contains((byte)':');

    /// <summary>The offset of the value in <c>;NAME=value;NAME="value":value</c>, below zero when there is none.</summary>
    private static int FindValue(ReadOnlySpan<byte> rest)
    {
        var at = 0;
        while (true)
        {
            // Here stands the ';' before a parameter, whose name must not be empty.
            if (at + 1 >= rest.Length || rest[at + 1] is (byte)'=' or (byte)';' or (byte)':') return -1;
            at = EndOfParameter(rest, at + 1);
            if (at < 0) return at;
            if (rest[at] == (byte)':') return at + 1;
        }
    }

    private static int EndOfParameter(ReadOnlySpan<byte> rest, int at)
    {
        while (true)
        {
            var length = rest[at..].IndexOfAny((byte)':', (byte)';', (byte)'"');
            if (length < 0) return -1;

            at += length;
            if (rest[at] == (byte)'"')
            {
                var closing = rest[(at + 1)..].IndexOf((byte)'"');
                if (closing < 0) return UnclosedQuote;
                at += closing + 2;
            }
            else if (rest[at] == (byte)':' && IsInsideZoneAddress(rest, at)) at++;
            else return at;
        }
    }
}
