using System.ComponentModel.DataAnnotations;

namespace Clutch.Outbox.Channels;

/// <summary>How a channel sends. Changes in the configuration are taken up at the next claim.</summary>
public sealed class ChannelOptions
{
    /// <summary>What holds between versions of one key: <see cref="Ordering.LatestWins"/> by default.</summary>
    public Ordering Ordering { get; set; } = Ordering.LatestWins;

    /// <summary>Messages in one submission: 1 to 5,000, 200 by default.</summary>
    [Range(1, 5_000)]
    public int BatchSize { get; set; } = 200;

    /// <summary>How long messages wait for company while their group has fewer than <see cref="BatchSize"/>: zero or more; zero, the default, sends them at once.</summary>
    /// <remarks>Where changes trickle in, a second makes few full requests of many nearly empty ones, and that second is all it costs.</remarks>
    public TimeSpan Linger { get; set; }

    /// <summary>Payload bytes in one submission, unless one message alone has more: 1 to 256 MiB, 4 MiB by default.</summary>
    [Range(1, 256 * 1024 * 1024)]
    public int MaxBatchBytes { get; set; } = 4 * 1024 * 1024;

    /// <summary>Requests at once, in this process: 1 to 256, 16 by default. It adapts below this ceiling.</summary>
    [Range(1, 256)]
    public int MaxConcurrency { get; set; } = 16;

    /// <summary>Requests a second, in this process; null for no limit.</summary>
    [Range(0.001, 100_000)]
    public double? RatePerSecond { get; set; }

    /// <summary>How long one request may take before its outcome counts as unknown: 100 s by default.</summary>
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(100);

    /// <summary>How long a submission belongs to a process that gives no sign of life: 1 s or more, 30 s by default. Renewed at a third.</summary>
    public TimeSpan LeaseDuration { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long an accepted operation may take before it is sent again, and how old a submission may be for "still at work" (409) to cost it no attempt: 15 minutes by default.</summary>
    public TimeSpan OperationDeadline { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How often an operation may pass its deadline or be lost before its messages fail as expired: 1 to 100, 3 by default.</summary>
    [Range(1, 100)]
    public int MaxRounds { get; set; } = 3;

    /// <summary>How long after acceptance a status "unknown" (404) is not yet believed: 2 s by default.</summary>
    public TimeSpan LostStatusGrace { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a late success of an expired operation is still looked for: 1 h by default.</summary>
    public TimeSpan LateResultWindow { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long a channel rests after a fault that a person must repair, before one request tries again: 1 minute by default.</summary>
    public TimeSpan FaultRest { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Refused requests in a row after which a group rests, and requests without an answer in a row after which it has one at a time: 1 to 1,000, 5 by default.</summary>
    [Range(1, 1_000)]
    public int BreakerThreshold { get; set; } = 5;

    /// <summary>How long such a group rests: 5 s by default.</summary>
    public TimeSpan BreakerRest { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How often an idle relay or poller looks: 1 s by default. A relay in the PostgreSQL database of the job repository is called when another process enqueued, and need not wait for it.</summary>
    public TimeSpan IdleInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Attempts and their delays.</summary>
    public SendRetryOptions Retry { get; } = new();

    /// <summary>How operations are asked for.</summary>
    public PollOptions Poll { get; } = new();

    /// <summary>How long what has ended is kept.</summary>
    public RetentionOptions Retention { get; } = new();
}

/// <summary>What holds between the versions of one key on their way to the target.</summary>
public enum Ordering
{
    /// <summary>Nothing: each version is sent, several may be on their way. The target's version guard sorts it out.</summary>
    None,

    /// <summary>A version is sent only when all older ones of its key have ended.</summary>
    PerKey,

    /// <summary>As <see cref="None"/>, but a version not yet sent is superseded when a newer one arrives.</summary>
    LatestWins,
}

/// <summary>Attempts and their delays: exponential with full jitter. Refusals ("not now") cost no attempt; the pause after them grows in the same way, and a longer wish of the target goes before it.</summary>
public sealed class SendRetryOptions
{
    /// <summary>Attempts of a message over all its submissions: 1 to 100, 8 by default.</summary>
    [Range(1, 100)]
    public int MaxAttempts { get; set; } = 8;

    /// <summary>How often the lease of a submission may run out while it is being sent, because its process died or froze: 1 to 1,000, 20 by default. Once more, and its messages fail.</summary>
    /// <remarks>A lost lease costs no attempt. It is counted apart, so that a message that kills whoever sends it comes to its end.</remarks>
    [Range(1, 1_000)]
    public int MaxLostLeases { get; set; } = 20;

    /// <summary>The upper bound of the first delay, doubled each time: 1 s by default.</summary>
    public TimeSpan FirstDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The upper bound of all delays: 10 minutes by default.</summary>
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromMinutes(10);
}

/// <summary>When operations are asked for: first as the target wishes or as long as they took of late, then at growing distances.</summary>
public sealed class PollOptions
{
    /// <summary>The smallest distance: 250 ms by default.</summary>
    public TimeSpan MinDelay { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The largest distance: 10 s by default. A target may wish for a longer one, up to the operation's deadline.</summary>
    public TimeSpan MaxDelay { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>By how much each distance grows: 1 to 10, 1.5 by default.</summary>
    [Range(1, 10)]
    public double Growth { get; set; } = 1.5;

    /// <summary>By how much a distance may differ either way: 0 to 1, 0.2 by default.</summary>
    [Range(0, 1)]
    public double Jitter { get; set; } = 0.2;

    /// <summary>Operations asked for in one call: 1 to 1,000, 100 by default.</summary>
    [Range(1, 1_000)]
    public int BatchSize { get; set; } = 100;

    /// <summary>Calls at once, in this process: 1 to 64, 4 by default.</summary>
    [Range(1, 64)]
    public int MaxConcurrency { get; set; } = 4;

    /// <summary>How long one call may take: 30 s by default.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);
}

/// <summary>How long what has ended is kept.</summary>
public sealed class RetentionOptions
{
    /// <summary>Synced and superseded messages: 7 days by default.</summary>
    public TimeSpan Done { get; set; } = TimeSpan.FromDays(7);

    /// <summary>Failed messages, once they are acknowledged; never before. 90 days by default.</summary>
    public TimeSpan Failed { get; set; } = TimeSpan.FromDays(90);

    /// <summary>The history of faulty attempts: 30 days by default.</summary>
    public TimeSpan Attempts { get; set; } = TimeSpan.FromDays(30);

    /// <summary>Rows deleted in one transaction: 1 to 100,000, 5,000 by default.</summary>
    [Range(1, 100_000)]
    public int BatchSize { get; set; } = 5_000;

    /// <summary>How often the sweeper looks: 1 minute by default.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromMinutes(1);
}
