using System.Net.Http.Headers;

namespace CalendarSync.Feeds;

/// <summary>Retry-After in both its forms (RFC 9110, 10.2.3).</summary>
internal static class RetryAfterHeader
{
    /// <summary>The longest pause that is obeyed: a host that asks for a year is asked again tomorrow.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <summary>How long to wait, from no time to a day; null when the answer does not say.</summary>
    public static TimeSpan? Read(RetryConditionHeaderValue? header, DateTimeOffset now)
    {
        if ((header?.Delta ?? header?.Date - now) is not { } wait) return null;
        if (wait < TimeSpan.Zero) return TimeSpan.Zero;
        return wait > Longest ? Longest : wait;
    }
}
