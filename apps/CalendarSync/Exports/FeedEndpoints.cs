using Microsoft.AspNetCore.Http.Headers;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace CalendarSync.Exports;

/// <summary>Serves export feeds: <c>/feeds/{token}.ics</c>. Whoever knows the token may read; the answer is 404 for all others.</summary>
internal static class FeedEndpoints
{
    /// <summary>Where feeds lie.</summary>
    public const string Folder = "/feeds/";

    private const string Extension = ".ics";

    /// <summary>The address of a feed.</summary>
    public static string AddressOf(HttpContext context, string token)
    {
        var request = context.Request;
        var start = context.RequestServices.GetRequiredService<IOptions<CalendarOptions>>().Value.PublicUrl ?? $"{request.Scheme}://{request.Host}{request.PathBase}";
        return $"{start.TrimEnd('/')}{Folder}{token}{Extension}";
    }

    public static void MapFeeds(this IEndpointRouteBuilder routes) =>
        routes.MapMethods($"{Folder}{{file}}", [HttpMethods.Get, HttpMethods.Head], ServeAsync).ExcludeFromDescription();

    private static async Task ServeAsync(HttpContext context, string file, ServedFeeds feeds, FeedThrottle throttle, CancellationToken cancellationToken)
    {
        SetPrivacy(context.Response.Headers);
        var token = file.EndsWith(Extension, StringComparison.OrdinalIgnoreCase) ? file[..^Extension.Length] : file;
        if (!throttle.TryRead(context, token))
            RefuseFor(context.Response, StatusCodes.Status429TooManyRequests);
        else if (await feeds.FindAsync(token, cancellationToken) is not { } feed)
            context.Response.StatusCode = StatusCodes.Status404NotFound;
        else if (feed.ETag is null)
            RefuseFor(context.Response, StatusCodes.Status503ServiceUnavailable);
        else
            await AnswerAsync(context, feeds, feed, cancellationToken);
    }

    private static async Task AnswerAsync(HttpContext context, ServedFeeds feeds, ServedFeed feed, CancellationToken cancellationToken)
    {
        var coding = FeedCodings.Of(context.Request);
        if (Revalidation.IsCurrent(context.Request, coding.TagOf(feed.ETag!), feed.LastModified))
        {
            Validate(context.Response.GetTypedHeaders(), coding, feed.ETag!, feed.LastModified);
            context.Response.StatusCode = StatusCodes.Status304NotModified;
        }
        else if (await feeds.ReadAsync(feed.Id, coding, cancellationToken) is { } content)
        {
            await SendAsync(context, coding, content, cancellationToken);
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
        }
    }

    private static async Task SendAsync(HttpContext context, FeedCoding coding, ServedContent content, CancellationToken cancellationToken)
    {
        var response = context.Response;
        Validate(response.GetTypedHeaders(), coding, content.ETag, content.LastModified);
        response.ContentType = "text/calendar; charset=utf-8";
        response.ContentLength = content.Bytes.Length;
        response.Headers.ContentDisposition = "inline; filename=\"calendar.ics\"";
        if (coding == FeedCoding.Gzip)
            response.Headers.ContentEncoding = "gzip";
        if (!HttpMethods.IsHead(context.Request.Method))
            await response.Body.WriteAsync(content.Bytes, cancellationToken);
    }

    private static void Validate(ResponseHeaders headers, FeedCoding coding, string etag, DateTimeOffset lastModified)
    {
        headers.ETag = coding.TagOf(etag);
        headers.LastModified = lastModified;
        headers.CacheControl = new() { Private = true, NoCache = true };
        headers.Append(HeaderNames.Vary, HeaderNames.AcceptEncoding);
    }

    // Who follows a link in an event must not tell the feed's address to the other side, and no search engine should list it.
    private static void SetPrivacy(IHeaderDictionary headers)
    {
        headers["Referrer-Policy"] = "no-referrer";
        headers["X-Robots-Tag"] = "noindex";
        headers.CacheControl = "private, no-cache";
    }

    private static void RefuseFor(HttpResponse response, int status)
    {
        response.StatusCode = status;
        response.Headers.RetryAfter = FeedThrottle.RetryAfterSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }
}
