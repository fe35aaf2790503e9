using System.Net;

namespace CalendarSync.Feeds;

/// <summary>The way from the asked address to the one that answers.</summary>
internal sealed class RedirectTrail(FeedAddress start, OutboundGuard guard, int maxRedirects)
{
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal) { start.Key };
    private bool _isPermanent = true;

    /// <summary>What to ask now.</summary>
    public FeedAddress Current { get; private set; } = start;

    /// <summary>The address to store instead of the asked one, or null: only an unbroken chain of 301 and 308 moves a feed for good.</summary>
    public FeedAddress? MovedTo => _isPermanent && _seen.Count > 1 ? Current : null;

    /// <summary>Whether this answer sends us on.</summary>
    public static bool IsRedirect(HttpResponseMessage answer) => answer.StatusCode is HttpStatusCode.MovedPermanently or HttpStatusCode.Found
        or HttpStatusCode.SeeOther or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;

    /// <summary>Goes on to where an answer points.</summary>
    /// <returns>Null when it may be asked, else how the fetch ends.</returns>
    public FetchOutcome? Follow(HttpResponseMessage answer)
    {
        if (FindTarget(answer) is not { } target) return new FetchOutcome.BadRedirect();
        if (Current.Uri.Scheme == Uri.UriSchemeHttps && target.Scheme == Uri.UriSchemeHttp) return new FetchOutcome.BadRedirect();
        if (target.AbsoluteUri.Length > FeedAddress.LongestLength) return new FetchOutcome.BadRedirect();
        if (!FeedAddress.TryParse(target.AbsoluteUri, guard, out var next, out _)) return new FetchOutcome.Blocked();

        _isPermanent &= answer.StatusCode is HttpStatusCode.MovedPermanently or HttpStatusCode.PermanentRedirect;
        Current = next.With(next.Credentials is null && IsSameServer(Current.Uri, next.Uri) ? Current.Credentials : null);
        return _seen.Add(Current.Key) && _seen.Count <= maxRedirects + 1 ? null : new FetchOutcome.BadRedirect();
    }

    // A host that sends on from http to https is still itself.
    private static bool IsSameServer(Uri from, Uri to) =>
        from.IdnHost == to.IdnHost && (from.Scheme == to.Scheme ? from.Port == to.Port : to.Scheme == Uri.UriSchemeHttps && from.IsDefaultPort && to.IsDefaultPort);

    private Uri? FindTarget(HttpResponseMessage answer)
    {
        // Read as text: Headers.Location gives up on some relative addresses.
        if (!answer.Headers.TryGetValues("Location", out var values)) return null;
        return Uri.TryCreate(Current.Uri, values.First(), out var target) && target.IsAbsoluteUri ? target : null;
    }
}
