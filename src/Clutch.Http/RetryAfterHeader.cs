using System.Net.Http.Headers;

namespace Clutch.Http;

/// <summary>Retry-After in both its forms (RFC 9110, 10.2.3).</summary>
internal static class RetryAfterHeader
{
    /// <summary>The wait, 0 to <paramref name="cap"/>; a date that has passed is 0. The body's own <c>retryAfter</c> counts where there is no header.</summary>
    public static TimeSpan? Find(HttpResponseHeaders headers, HttpProblem? problem, DateTimeOffset now, TimeSpan cap)
    {
        TimeSpan? wait = headers.RetryAfter switch
        {
            { Delta: { } seconds } => seconds,
            // By the server's own clock, where it tells: ours may be wrong by minutes.
            { Date: { } date } => date - (headers.Date ?? now),
            _ => problem?.RetryAfterSeconds is { } seconds and >= 0 ? Seconds(seconds, cap) : null,
        };
        if (wait is null)
            return null;
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait > cap ? cap : wait;
    }

    private static TimeSpan Seconds(double seconds, TimeSpan cap) => seconds >= cap.TotalSeconds ? cap : TimeSpan.FromSeconds(seconds);
}
