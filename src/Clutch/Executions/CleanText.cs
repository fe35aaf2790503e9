using System.Text;

namespace Clutch.Executions;

/// <summary>Text from outside, such as the message of an exception, made fit to be stored and sent.</summary>
public static class CleanText
{
    /// <summary>The text with at most <paramref name="maxLength"/> characters, the last of them '…' where it was cut. NUL and halves of surrogate pairs become U+FFFD.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxLength"/> is below 2.</exception>
    public static string Of(string text, int maxLength)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxLength, 2);
        return Whole(text.Length <= maxLength ? text : $"{Start(text, maxLength - 1)}…");
    }

    // A pair is one character to whoever reads it: cut through the middle, it would be none.
    private static ReadOnlySpan<char> Start(string text, int length) => text.AsSpan(0, char.IsHighSurrogate(text[length - 1]) ? length - 1 : length);

    // PostgreSQL refuses NUL, its driver half a pair, and a message may quote raw input. UTF-8 knows no halves: there and back, each has become U+FFFD.
    private static string Whole(string text)
    {
        var clean = text.Replace('\0', '\uFFFD');
        return clean.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF') ? Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(clean)) : clean;
    }
}
