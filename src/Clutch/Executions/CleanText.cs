using System.Text;
using System.Text.RegularExpressions;

namespace Clutch.Executions;

/// <summary>Text from outside, such as the message of an exception, made fit to be stored and sent.</summary>
public static partial class CleanText
{
    /// <summary>The text with at most <paramref name="maxLength"/> characters, the last of them '…' where it was cut. NUL and halves of surrogate pairs become U+FFFD.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxLength"/> is below 2.</exception>
    public static string Of(string text, int maxLength)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxLength, 2);
        return Whole(text.Length <= maxLength ? text : $"{Start(text, maxLength - 1)}…");
    }

    /// <summary>The text with *** in place of what looks like a secret: the value after a word such as <c>password=</c>, <c>token:</c> or <c>Authorization: Bearer</c>, and the user of an address.</summary>
    /// <remarks>It knows the usual forms only: no reason to let secrets into messages.</remarks>
    public static string WithoutSecrets(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            return UserInfo().Replace(Secret().Replace(text, "${name}${sign}***"), "://***@");
        }
        catch (RegexMatchTimeoutException)
        {
            return "***";
        }
    }

    // 'Password=x;' of connection strings, 'token: x' of logs, 'Authorization: Bearer x' of requests.
    [GeneratedRegex("""(?<name>password|passwd|pwd|secret|token|api[-_ ]?key|authorization|credentials?)(?<sign>["']?\s*[=:]\s*)(?:(?:bearer|basic)\s+)?(?:"[^"]*"|'[^']*'|[^\s;,&]+)""", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Secret();

    // 'https://user:password@host'
    [GeneratedRegex(@"://[^\s/@]+@", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex UserInfo();

    // A pair is one character to whoever reads it: cut through the middle, it would be none.
    private static ReadOnlySpan<char> Start(string text, int length) => text.AsSpan(0, char.IsHighSurrogate(text[length - 1]) ? length - 1 : length);

    // PostgreSQL refuses NUL, its driver half a pair, and a message may quote raw input. UTF-8 knows no halves: there and back, each has become U+FFFD.
    private static string Whole(string text)
    {
        var clean = text.Replace('\0', '\uFFFD');
        return clean.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF') ? Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(clean)) : clean;
    }
}
