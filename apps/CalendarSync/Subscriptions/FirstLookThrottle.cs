using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace CalendarSync.Subscriptions;

/// <summary>How many new calendars each user may have looked at: at a time, and in a minute.</summary>
internal sealed class FirstLookThrottle(IOptions<CalendarOptions> options) : IDisposable
{
    /// <summary>When to come again, at the latest.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly PartitionedRateLimiter<long> _atOnce = PartitionedRateLimiter.Create<long, long>(user =>
        RateLimitPartition.GetConcurrencyLimiter(user, _ => new() { PermitLimit = options.Value.FirstLooksAtOnce, QueueLimit = 0 }));

    private readonly PartitionedRateLimiter<long> _perMinute = PartitionedRateLimiter.Create<long, long>(user =>
        RateLimitPartition.GetFixedWindowLimiter(user, _ => new() { PermitLimit = options.Value.FirstLooksPerUser, Window = Window, QueueLimit = 0, AutoReplenishment = true }));

    /// <summary>Takes a turn, which lasts until it is disposed; null when the user has had his share.</summary>
    public IDisposable? TryTake(long userId)
    {
        var place = _atOnce.AttemptAcquire(userId);
        using var look = place.IsAcquired ? _perMinute.AttemptAcquire(userId) : null;
        if (look is { IsAcquired: true })
            return place;
        place.Dispose();
        return null;
    }

    public void Dispose()
    {
        _atOnce.Dispose();
        _perMinute.Dispose();
    }
}
