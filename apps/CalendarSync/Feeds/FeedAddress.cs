using System.Diagnostics.CodeAnalysis;

namespace CalendarSync.Feeds;

/// <summary>Where a feed lies: an absolute http or https address in one normal form, so that two users who mean the same feed share it.</summary>
/// <remarks>webcal and webcals become https, the host lower case, the port of the scheme and the fragment go. Query and credentials stay: they may mean another feed.</remarks>
public sealed record FeedAddress
{
    /// <summary>The longest address accepted, in characters: what browsers and servers agree on.</summary>
    public const int LongestLength = 2_000;

    private FeedAddress(Uri uri, string? credentials)
    {
        Uri = uri;
        Credentials = credentials;
    }

    /// <summary>The address without credentials: what is asked for, and what may be shown.</summary>
    public Uri Uri { get; }

    /// <summary><c>user:password</c> as written, sent to this host only and never shown; null without.</summary>
    public string? Credentials { get; }

    /// <summary>The normal form with credentials: what is stored and compared, never shown or logged.</summary>
    public string Key => Credentials is null ? Uri.AbsoluteUri : $"{Uri.Scheme}://{Credentials}@{Uri.AbsoluteUri[(Uri.Scheme.Length + 3)..]}";

    /// <summary>Host and port: the unit of politeness.</summary>
    public string Host => $"{Uri.IdnHost}:{Uri.Port}";

    /// <summary>Reads an address that a user typed or a server answered.</summary>
    /// <param name="text">The address.</param>
    /// <param name="guard">Which schemes and ports may be asked.</param>
    /// <param name="address">The address, or null.</param>
    /// <param name="problem">Why not, in words for the user; empty when it is one.</param>
    public static bool TryParse(string? text, OutboundGuard guard, [NotNullWhen(true)] out FeedAddress? address, out string problem)
    {
        ArgumentNullException.ThrowIfNull(guard);
        address = null;
        problem = FindProblem(text) ?? "";
        if (problem.Length > 0) return false;

        if (!Uri.TryCreate(WithWebScheme(text!.Trim()), UriKind.Absolute, out var uri))
        {
            problem = "This is no address of a calendar. It begins with https:// or webcal://.";
            return false;
        }

        problem = guard.FindProblem(uri) ?? "";
        if (problem.Length == 0) address = Of(uri);
        return address is not null;
    }

    /// <summary>The address without its fragment, with its credentials apart.</summary>
    internal static FeedAddress Of(Uri uri)
    {
        var credentials = uri.UserInfo.Length == 0 ? null : uri.UserInfo;
        var plain = new UriBuilder(uri) { UserName = "", Password = "", Fragment = "" };
        return new(plain.Uri, credentials);
    }

    /// <summary>The same address with other credentials, or none.</summary>
    internal FeedAddress With(string? credentials) => new(Uri, credentials);

    /// <summary>Only what may be shown.</summary>
    public override string ToString() => $"{Uri.Scheme}://{Uri.Authority}";

    private static string? FindProblem(string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return "The address is missing.";
        if (text.Length > LongestLength) return $"The address is longer than {LongestLength} characters.";
        // Control characters split headers; a backslash is a slash to some readers and a name to others; full-width letters and dots turn into ASCII ones later.
        if (text.Trim().Any(letter => char.IsControl(letter) || char.IsWhiteSpace(letter) || letter == '\\')) return "The address holds blanks, backslashes or control characters.";
        return text.Any(letter => letter > 126) ? "The address holds letters outside of ASCII. Write them percent-encoded, and the host in its xn-- form." : null;
    }

    private static string WithWebScheme(string text)
    {
        if (text.StartsWith("webcal://", StringComparison.OrdinalIgnoreCase)) return "https://" + text["webcal://".Length..];
        return text.StartsWith("webcals://", StringComparison.OrdinalIgnoreCase) ? "https://" + text["webcals://".Length..] : text;
    }
}
