using Microsoft.Net.Http.Headers;

namespace CalendarSync.Exports;

/// <summary>How the bytes of a feed travel.</summary>
internal enum FeedCoding
{
    /// <summary>As they are.</summary>
    Identity,

    /// <summary>Compressed, as they lie in the database.</summary>
    Gzip,
}

/// <summary>Chooses a coding and names its bytes.</summary>
internal static class FeedCodings
{
    /// <summary>What a reader's Accept-Encoding asks for (RFC 9110, 12.5.3).</summary>
    public static FeedCoding Of(HttpRequest request)
    {
        if (!StringWithQualityHeaderValue.TryParseList(request.Headers.AcceptEncoding, out var accepted))
            return FeedCoding.Identity;
        var gzip = QualityOf(accepted, "gzip") ?? QualityOf(accepted, "x-gzip") ?? QualityOf(accepted, "*") ?? 0;
        return gzip > 0 && gzip >= (QualityOf(accepted, "identity") ?? 0) ? FeedCoding.Gzip : FeedCoding.Identity;
    }

    /// <summary>The strong entity tag of the bytes in this coding: other bytes, another tag.</summary>
    public static EntityTagHeaderValue TagOf(this FeedCoding coding, string etag) => new(coding == FeedCoding.Gzip ? $"\"{etag}-gzip\"" : $"\"{etag}\"");

    private static double? QualityOf(IList<StringWithQualityHeaderValue> accepted, string coding) =>
        accepted.FirstOrDefault(value => value.Value.Equals(coding, StringComparison.OrdinalIgnoreCase)) is { } found ? found.Quality ?? 1 : null;
}
