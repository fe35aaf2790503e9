using Microsoft.Net.Http.Headers;

namespace CalendarSync.Exports;

/// <summary>Whether a reader has the current bytes already (RFC 9110, 13.1).</summary>
internal static class Revalidation
{
    /// <summary>Whether 304 is the answer. If-None-Match decides alone where there is one; a list, weak tags and * count.</summary>
    public static bool IsCurrent(HttpRequest request, EntityTagHeaderValue tag, DateTimeOffset lastModified)
    {
        var known = request.Headers.IfNoneMatch;
        if (known.Count > 0)
            return EntityTagHeaderValue.TryParseList(known, out var tags) && tags.Any(one => one.Equals(EntityTagHeaderValue.Any) || one.Compare(tag, useStrongComparison: false));
        return request.GetTypedHeaders().IfModifiedSince is { } since && lastModified <= since;
    }
}
