using System.Buffers;
using System.Text;

namespace Clutch.Ical.Values;

/// <summary>The TEXT value type (RFC 5545, 3.3.11): how it is escaped and read.</summary>
internal static class TextValue
{
    private static readonly SearchValues<char> Escaped = SearchValues.Create("\\;,\n\r\0\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\v\f\u000E\u000F\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001A\u001B\u001C\u001D\u001E\u001F");

    /// <summary>The text, or null when it is empty. An unknown escape gives its character; raw commas and semicolons stay.</summary>
    public static string? Decode(ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty) return null;
        return value.Contains((byte)'\\') ? DecodeEscapes(value) : Encoding.UTF8.GetString(value);
    }

    /// <summary>The parts of a comma-separated list, each decoded; empty parts are left out.</summary>
    public static IReadOnlyList<string> DecodeList(ReadOnlySpan<byte> value)
    {
        List<string> parts = [];
        while (!value.IsEmpty)
        {
            var end = EndOfPart(value);
            if (Decode(value[..end]) is { } part) parts.Add(part);
            value = end < value.Length ? value[(end + 1)..] : [];
        }

        return parts;
    }

    /// <summary>Escapes what RFC 5545 escapes; line ends become <c>\n</c>, other control characters except TAB vanish.</summary>
    /// <remarks>So no text, however hostile, can end its line and begin a component of its own.</remarks>
    public static string Encode(string text)
    {
        if (text.AsSpan().IndexOfAny(Escaped) < 0) return text;

        var escaped = new StringBuilder(text.Length + 16);
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] == '\r' && at + 1 < text.Length && text[at + 1] == '\n') continue;
            AppendEscaped(escaped, text[at]);
        }

        return escaped.ToString();
    }

    private static void AppendEscaped(StringBuilder escaped, char character)
    {
        if (character is '\n' or '\r') escaped.Append("\\n");
        else if (character is '\\' or ';' or ',') escaped.Append('\\').Append(character);
        else if (character is '\t' or >= ' ') escaped.Append(character);
    }

    private static string? DecodeEscapes(ReadOnlySpan<byte> value)
    {
        var rented = ArrayPool<byte>.Shared.Rent(value.Length);
        try
        {
            var length = Unescape(value, rented);
            return length == 0 ? null : Encoding.UTF8.GetString(rented, 0, length);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static int Unescape(ReadOnlySpan<byte> value, Span<byte> target)
    {
        var length = 0;
        while (!value.IsEmpty)
        {
            var plain = value.IndexOf((byte)'\\');
            if (plain < 0) plain = value.Length;
            value[..plain].CopyTo(target[length..]);
            length += plain;
            if (plain + 1 >= value.Length) break;   // a lone backslash at the very end is dropped

            var escaped = value[plain + 1];
            target[length++] = escaped is (byte)'n' or (byte)'N' ? (byte)'\n' : escaped;
            value = value[(plain + 2)..];
        }

        return length;
    }

    private static int EndOfPart(ReadOnlySpan<byte> value)
    {
        for (var at = 0; at < value.Length; at++)
        {
            if (value[at] == (byte)'\\') at++;
            else if (value[at] == (byte)',') return at;
        }

        return value.Length;
    }
}
