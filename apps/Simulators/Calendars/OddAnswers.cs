using System.Diagnostics;
using System.IO.Compression;
using System.Text;

namespace Simulators.Calendars;

/// <summary>The answers that no caller hopes for.</summary>
internal sealed class OddAnswers(FeedBodies bodies, SimulatorOptions options, TimeProvider clock)
{
    private static readonly TimeSpan DripGap = TimeSpan.FromMilliseconds(500);

    private static readonly Lazy<byte[]> Bomb = new(MakeBomb);

    private readonly Lock _hugeLock = new();
    private byte[]? _huge;

    public Task AnswerAsync(HttpContext context, int feed, FeedBehaviour behaviour) => behaviour switch
    {
        FeedBehaviour.ServerError => StatusAsync(context, 500),
        FeedBehaviour.Unavailable => StatusAsync(context, 503),
        FeedBehaviour.NotFound => StatusAsync(context, 404),
        FeedBehaviour.Gone => StatusAsync(context, 410),
        FeedBehaviour.Unauthorized => StatusAsync(context, 401),
        FeedBehaviour.Forbidden => StatusAsync(context, 403),
        FeedBehaviour.TooMany => StatusAsync(context, 429),
        FeedBehaviour.LoginPage => WriteAsync(context, "text/html; charset=utf-8", "<!doctype html><html><title>Sign in</title><body><form>Please sign in</form></body></html>"u8.ToArray()),
        FeedBehaviour.Truncated => TruncateAsync(context, feed, endsProperly: true),
        FeedBehaviour.Torn => TruncateAsync(context, feed, endsProperly: false),
        FeedBehaviour.RedirectLoop => RedirectAsync(context, feed, 302, loops: true),
        FeedBehaviour.Moved301 => RedirectAsync(context, feed, 301, loops: false),
        FeedBehaviour.Found302 => RedirectAsync(context, feed, 302, loops: false),
        FeedBehaviour.Moved308 => RedirectAsync(context, feed, 308, loops: false),
        FeedBehaviour.Huge => WriteHugeAsync(context, feed),
        FeedBehaviour.SlowDrip => DripAsync(context, feed),
        FeedBehaviour.Endless => WriteEndlesslyAsync(context),
        FeedBehaviour.GzipBomb => WriteBombAsync(context),
        FeedBehaviour.Silent => Task.Delay(Timeout.InfiniteTimeSpan, clock, context.RequestAborted),
        _ => throw new UnreachableException($"Unknown behaviour '{behaviour}'."),
    };

    public static Task StatusAsync(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        if (status == 429)
            context.Response.Headers.RetryAfter = "2";
        if (status == 401)
            context.Response.Headers.WWWAuthenticate = "Basic realm=\"calendars\"";
        return Task.CompletedTask;
    }

    private byte[] Text(int feed) => FeedBodies.Unpack(bodies.BodyOf(feed).Packed);

    private static async Task WriteAsync(HttpContext context, string contentType, byte[] body)
    {
        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    private async Task TruncateAsync(HttpContext context, int feed, bool endsProperly)
    {
        var text = Text(feed);
        if (endsProperly)
        {
            await WriteAsync(context, "text/calendar; charset=utf-8", text[..(text.Length / 2)]);
            return;
        }

        context.Response.ContentType = "text/calendar; charset=utf-8";
        context.Response.ContentLength = text.Length;
        await context.Response.Body.WriteAsync(text.AsMemory(0, text.Length / 2), context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        context.Abort();
    }

    private static Task RedirectAsync(HttpContext context, int feed, int status, bool loops)
    {
        var isMoved = context.Request.Path.Value!.StartsWith("/calendars/moved/", StringComparison.Ordinal);
        context.Response.StatusCode = status;
        context.Response.Headers.Location = loops && isMoved ? $"/calendars/feeds/{feed}.ics" : $"/calendars/moved/{feed}.ics";
        return Task.CompletedTask;
    }

    private async Task WriteHugeAsync(HttpContext context, int feed)
    {
        context.Response.ContentType = "text/calendar; charset=utf-8";
        await context.Response.Body.WriteAsync(HugeBody(feed), context.RequestAborted);
    }

    // Made once, for whichever feed asks first: ten at a time would take longer than their callers wait.
    private byte[] HugeBody(int feed)
    {
        const int EventCount = 75_000;  // about 30 MB
        lock (_hugeLock)
            return _huge ??= FeedBodies.Write(feed, Enumerable.Range(0, EventCount).Select(index => FeedEvent.Make(options.Seed, feed, index, 0)), stamp: null);
    }

    private async Task DripAsync(HttpContext context, int feed)
    {
        context.Response.ContentType = "text/calendar; charset=utf-8";
        foreach (var piece in Text(feed).Chunk(8))
        {
            await context.Response.Body.WriteAsync(piece, context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await Task.Delay(DripGap, clock, context.RequestAborted);
        }
    }

    private async Task WriteEndlesslyAsync(HttpContext context)
    {
        context.Response.ContentType = "text/calendar; charset=utf-8";
        await context.Response.Body.WriteAsync("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"u8.ToArray(), context.RequestAborted);
        for (var line = 0L; !context.RequestAborted.IsCancellationRequested; line++)
        {
            await context.Response.Body.WriteAsync(Encoding.ASCII.GetBytes($"X-ENDLESS-{line}:and on and on and on\r\n"), context.RequestAborted);
            if (line % 100 == 99)
            {
                await context.Response.Body.FlushAsync(context.RequestAborted);
                await Task.Delay(TimeSpan.FromMilliseconds(20), clock, context.RequestAborted);
            }
        }
    }

    private static Task WriteBombAsync(HttpContext context)
    {
        context.Response.Headers.ContentEncoding = "gzip";
        return WriteAsync(context, "text/calendar; charset=utf-8", Bomb.Value);
    }

    private static byte[] MakeBomb()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            gzip.Write("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nX-BOMB:"u8);
            var block = new byte[1 << 20];
            block.AsSpan().Fill((byte)'a');
            for (var megabyte = 0; megabyte < 2_048; megabyte++)
                gzip.Write(block);
        }

        return packed.ToArray();
    }
}
