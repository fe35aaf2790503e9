using System.Globalization;

namespace Simulators.Calendars;

/// <summary>The provider as its callers see it: one address a feed.</summary>
internal sealed class FeedEndpoints(SimulatorOptions options, FeedDesk desk, FeedBodies bodies, FeedCounts counts, OddAnswers odd, Pace pace, TimeProvider clock)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/calendars/feeds/{feed:int}.ics", ["GET", "HEAD"], (Delegate)GetAsync);
        routes.MapMethods("/calendars/moved/{feed:int}.ics", ["GET", "HEAD"], (Delegate)GetMovedAsync);
    }

    private Task GetAsync(HttpContext context, int feed) => CountAsync(context, feed, () => AnswerAsync(context, feed, desk.TakeBehaviour(feed)));

    /// <summary>Where redirected callers arrive: the feed itself, unless it sends them round in a circle.</summary>
    private Task GetMovedAsync(HttpContext context, int feed) =>
        CountAsync(context, feed, () => AnswerAsync(context, feed, desk.StateOf(feed).Behaviour is FeedBehaviour.RedirectLoop ? FeedBehaviour.RedirectLoop : FeedBehaviour.Normal));

    private async Task CountAsync(HttpContext context, int feed, Func<Task> answer)
    {
        counts.Begin();
        var conditional = context.Request.Headers.ContainsKey("If-None-Match") || context.Request.Headers.ContainsKey("If-Modified-Since");
        try
        {
            await pace.WaitAsync(context, options.Latencies.Feed);
            await answer();
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller went; the request still counts.
        }
        finally
        {
            counts.End(feed, context.Response.StatusCode, conditional, context.Response.ContentLength ?? 0);
        }
    }

    private Task AnswerAsync(HttpContext context, int feed, FeedBehaviour behaviour)
    {
        if (feed < 1 || feed > options.FeedCount)
            return OddAnswers.StatusAsync(context, 404);
        return behaviour switch
        {
            FeedBehaviour.Normal => WriteAsync(context, feed, validators: true, conditions: true),
            FeedBehaviour.NoValidators => WriteAsync(context, feed, validators: false, conditions: false),
            FeedBehaviour.IgnoresConditions => WriteAsync(context, feed, validators: true, conditions: false),
            FeedBehaviour.Stamped => WriteTextAsync(context, FeedBodies.Write(feed, bodies.EventsOf(feed), clock.GetUtcNow())),
            FeedBehaviour.Reordered => WriteTextAsync(context, FeedBodies.Write(feed, bodies.EventsOf(feed).OrderBy(_ => Guid.NewGuid()), stamp: null)),
            FeedBehaviour.UnstableUids => WriteTextAsync(context, FeedBodies.Write(feed, bodies.EventsOf(feed).Select(item => item with { Uid = Guid.NewGuid().ToString() }), stamp: null)),
            FeedBehaviour.Empty => WriteTextAsync(context, FeedBodies.Write(feed, [], stamp: null)),
            _ => odd.AnswerAsync(context, feed, behaviour),
        };
    }

    private async Task WriteAsync(HttpContext context, int feed, bool validators, bool conditions)
    {
        var body = bodies.BodyOf(feed);
        var packs = context.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.OrdinalIgnoreCase);
        // A strong ETag names bytes: the packed ones are others.
        var etag = packs ? $"\"{body.Hash}-gzip\"" : $"\"{body.Hash}\"";
        context.Response.Headers.Vary = "Accept-Encoding";
        context.Response.Headers.CacheControl = $"max-age={(int)FeedBodies.RefreshInterval.TotalSeconds}";
        if (validators)
        {
            context.Response.Headers.ETag = etag;
            context.Response.Headers.LastModified = body.ChangedAt.ToString("R", CultureInfo.InvariantCulture);
        }

        if (conditions && IsUnchanged(context.Request, body))
        {
            context.Response.StatusCode = 304;
            return;
        }

        if (packs)
            context.Response.Headers.ContentEncoding = "gzip";
        await WriteTextAsync(context, packs ? body.Packed : FeedBodies.Unpack(body.Packed));
    }

    // RFC 9110, 13.2.2: If-None-Match beats If-Modified-Since.
    private static bool IsUnchanged(HttpRequest request, FeedBody body)
    {
        var match = request.Headers.IfNoneMatch.ToString();
        if (match.Length > 0)
            return match == "*" || match.Contains(body.Hash, StringComparison.Ordinal);
        return DateTimeOffset.TryParse(request.Headers.IfModifiedSince, CultureInfo.InvariantCulture, out var since) && body.ChangedAt.ToUnixTimeSeconds() <= since.ToUnixTimeSeconds();
    }

    private static async Task WriteTextAsync(HttpContext context, byte[] text)
    {
        context.Response.ContentType = "text/calendar; charset=utf-8";
        context.Response.ContentLength = text.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.Body.WriteAsync(text, context.RequestAborted);
    }
}
