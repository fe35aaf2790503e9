using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace CalendarSync.Exports;

/// <summary>How often feeds may be read: by each address, and by each token.</summary>
internal sealed class FeedThrottle : IDisposable
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly PartitionedRateLimiter<string> _byAddress;
    private readonly PartitionedRateLimiter<string> _byToken;
    private readonly PartitionedRateLimiter<string> _bySignIn;

    public FeedThrottle(IOptions<CalendarOptions> options)
    {
        _byAddress = PerMinute(options.Value.FeedReadsPerAddress);
        _byToken = PerMinute(options.Value.FeedReadsPerToken);
        _bySignIn = PerMinute(options.Value.SignInsPerAddress);
    }

    /// <summary>Takes one read; false when the address or the token has had its share.</summary>
    /// <remarks>The address is asked first: who tries tokens runs into it before the tokens fill the memory.</remarks>
    public bool TryRead(HttpContext context, string token) => TryTake(_byAddress, AddressOf(context)) && TryTake(_byToken, token);

    /// <summary>Takes one attempt to sign in.</summary>
    public bool TrySignIn(HttpContext context) => TryTake(_bySignIn, AddressOf(context));

    /// <summary>When the window is over, at the latest.</summary>
    public static int RetryAfterSeconds => (int)Window.TotalSeconds;

    public void Dispose()
    {
        _byAddress.Dispose();
        _byToken.Dispose();
        _bySignIn.Dispose();
    }

    private static string AddressOf(HttpContext context) => context.Connection.RemoteIpAddress?.ToString() ?? string.Empty;

    private static bool TryTake(PartitionedRateLimiter<string> limiter, string key)
    {
        using var lease = limiter.AttemptAcquire(key);
        return lease.IsAcquired;
    }

    private static PartitionedRateLimiter<string> PerMinute(int count) => PartitionedRateLimiter.Create<string, string>(key =>
        RateLimitPartition.GetFixedWindowLimiter(key, _ => new() { PermitLimit = count, Window = Window, QueueLimit = 0, AutoReplenishment = true }));
}
