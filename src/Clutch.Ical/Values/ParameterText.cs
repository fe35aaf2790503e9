using System.Buffers;
using System.Text;

namespace Clutch.Ical.Values;

/// <summary>How a parameter value is written and read (RFC 5545, 3.2, with the escapes of RFC 6868).</summary>
internal static class ParameterText
{
    private static readonly SearchValues<char> NeedQuotes = SearchValues.Create(",;:");

    /// <summary>The value without quotes, with <c>^n ^' ^^</c> resolved; any other <c>^</c> stays as it is.</summary>
    public static string Decode(ReadOnlySpan<byte> value)
    {
        if (value.Length >= 2 && value[0] == (byte)'"' && value[^1] == (byte)'"') value = value[1..^1];
        var text = Encoding.UTF8.GetString(value);
        return text.Contains('^', StringComparison.Ordinal) ? DecodeCarets(text) : text;
    }

    /// <summary>The value as it may stand in a content line: quoted where it must be, with nothing in it that could end it.</summary>
    public static string Encode(string value)
    {
        var text = new StringBuilder(value.Length + 2);
        foreach (var character in value.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n')) AppendEncoded(text, character);
        return value.AsSpan().IndexOfAny(NeedQuotes) < 0 ? text.ToString() : text.Insert(0, '"').Append('"').ToString();
    }

    private static void AppendEncoded(StringBuilder text, char character)
    {
        switch (character)
        {
            case '"': text.Append("^'"); break;
            case '^': text.Append("^^"); break;
            case '\n': text.Append("^n"); break;
            case '\t' or >= ' ': text.Append(character); break;
        }
    }

    private static string DecodeCarets(string text)
    {
        var decoded = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length; at++)
        {
            var replacement = text[at] == '^' && at + 1 < text.Length ? ReplacementOf(text[at + 1]) : '\0';
            if (replacement != '\0') at++;
            decoded.Append(replacement != '\0' ? replacement : text[at]);
        }

        return decoded.ToString();
    }

    private static char ReplacementOf(char escaped) => escaped switch { 'n' => '\n', '\'' => '"', '^' => '^', _ => '\0' };
}
