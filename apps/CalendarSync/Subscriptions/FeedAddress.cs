namespace CalendarSync.Subscriptions;

/// <summary>The address of an external calendar, normalised: two spellings of one address are one feed, fetched once.</summary>
/// <remarks>Addresses with different queries or credentials stay different. Whether it may be connected to is decided at the socket, not here.</remarks>
internal sealed record FeedAddress
{
    private const int Longest = 2_000;

    private FeedAddress(Uri uri)
    {
        Uri = uri;
        Key = uri.GetComponents(UriComponents.SchemeAndServer | UriComponents.UserInfo | UriComponents.PathAndQuery, UriFormat.UriEscaped);
        Host = uri.IdnHost;
    }

    /// <summary>The address to fetch: http or https, without fragment.</summary>
    public Uri Uri { get; }

    /// <summary>What it is known by.</summary>
    public string Key { get; }

    /// <summary>The host in lower case.</summary>
    public string Host { get; }

    /// <summary>For people and logs: without the password.</summary>
    public string Shown => ShownOf(Key);

    /// <summary>Reads what a user typed.</summary>
    /// <param name="text">The text.</param>
    /// <param name="address">The address.</param>
    /// <param name="problem">What is wrong, as a sentence.</param>
    public static bool TryParse(string? text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out FeedAddress? address, out string problem)
    {
        address = null;
        problem = Refuse(text?.Trim() ?? string.Empty, out var uri);
        if (problem.Length == 0)
            address = new(uri!);
        return address is not null;
    }

    /// <summary>A stored address without the password in it.</summary>
    public static string ShownOf(string key)
    {
        var uri = new Uri(key);
        return uri.UserInfo.Length == 0 ? key : uri.GetComponents(UriComponents.SchemeAndServer | UriComponents.PathAndQuery, UriFormat.UriEscaped);
    }

    private static string Refuse(string text, out Uri? uri)
    {
        uri = null;
        if (text.Length == 0)
            return "Please fill this in.";
        if (text.Length > Longest)
            return $"At most {Longest} characters, please.";
        if (text.Any(character => character <= ' ' || character == '\\' || !char.IsAscii(character)))
            return "An address holds no blanks, backslashes or letters beyond ASCII. Copy it from where the calendar is published.";
        if (!Uri.TryCreate(WithPlainScheme(text), UriKind.Absolute, out var parsed) || parsed.Host.Length == 0)
            return "This is no web address. It begins with https://, http:// or webcal://.";
        if (parsed.Scheme != Uri.UriSchemeHttp && parsed.Scheme != Uri.UriSchemeHttps)
            return "The address must begin with https://, http:// or webcal://.";
        uri = parsed;
        return string.Empty;
    }

    private static string WithPlainScheme(string text) =>
        text.StartsWith("webcal://", StringComparison.OrdinalIgnoreCase) ? $"https://{text["webcal://".Length..]}"
        : text.StartsWith("webcals://", StringComparison.OrdinalIgnoreCase) ? $"https://{text["webcals://".Length..]}"
        : text;
}
