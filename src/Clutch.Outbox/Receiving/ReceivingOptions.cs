using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http;

namespace Clutch.Outbox.Receiving;

/// <summary>How a service receives operations.</summary>
public sealed class ReceivingOptions
{
    /// <summary>Who calls: keys and operations belong to a caller. By default the authenticated name, empty where nobody signed in.</summary>
    public Func<HttpContext, string> Caller { get; set; } = context => context.User.Identity?.Name ?? string.Empty;

    /// <summary>How long keys and ended operations are kept: 7 days by default. Longer than any client still retries or re-drives.</summary>
    public TimeSpan Window { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Items a queue may hold before it answers 429: 1 or more, 100,000 by default.</summary>
    [Range(1, long.MaxValue)]
    public long MaxPendingItems { get; set; } = 100_000;

    /// <summary>Operations worked on at once in this process, per queue: 0 to 256, 4 by default; 0 accepts and leaves the work to other processes.</summary>
    [Range(0, 256)]
    public int Workers { get; set; } = 4;

    /// <summary>Items applied in one transaction: 1 to 10,000, 200 by default.</summary>
    [Range(1, 10_000)]
    public int SliceSize { get; set; } = 200;

    /// <summary>How long an operation belongs to a worker that gives no sign of life: 30 s by default. Each slice renews it, and a slice that takes long does so at each third of it.</summary>
    public TimeSpan LeaseDuration { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often an idle worker looks for operations that other processes accepted: 1 s by default.</summary>
    public TimeSpan IdleInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>When callers should ask for a running operation again: 0.5 s by default. The answer's <c>retryAfter</c> tells it as it is; the header rounds it up to whole seconds.</summary>
    public TimeSpan PollAfter { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>When callers should come back to a full queue: 2 s by default.</summary>
    public TimeSpan BusyRetryAfter { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Items in one page of an operation's results: 1 to 10,000, 1,000 by default.</summary>
    [Range(1, 10_000)]
    public int ItemPageSize { get; set; } = 1_000;

    /// <summary>How often expired keys and operations are deleted: every 10 minutes by default.</summary>
    public TimeSpan SweepInterval { get; set; } = TimeSpan.FromMinutes(10);
}
