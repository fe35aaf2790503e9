using Clutch.Items;

namespace Clutch.Http;

/// <summary>How calls to one API are sent: how many at once, how long, how often.</summary>
public sealed record HttpChannelOptions
{
    /// <summary>How long one attempt may take, body included: 10 ms to 1 hour; 30 s by default.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a call of unknown outcome is sent in all, and the waits between; 5 attempts, 200 ms doubled up to 10 s by default.</summary>
    public RetryOptions Retry { get; init; } = new() { Attempts = 5 };

    /// <summary>How long a call may wait for a server that provably takes nothing (refused, 429, circuit open) before it gives up; such waits use up no attempt. 0 to 1 day; 2 minutes by default.</summary>
    public TimeSpan MaxWait { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The longest <c>Retry-After</c> that is obeyed; a longer one counts as this. 0 to 1 day; 1 minute by default.</summary>
    public TimeSpan MaxRetryAfter { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Calls at once, adapted to how the server copes.</summary>
    public ConcurrencyOptions Concurrency { get; init; } = new();

    /// <summary>The most calls per second, or null, the default, for no such limit.</summary>
    public double? CallsPerSecond { get; init; }

    /// <summary>How many calls may go at once after a pause before <see cref="CallsPerSecond"/> holds: 1 or more, 1 by default.</summary>
    public int Burst { get; init; } = 1;

    /// <summary>When calls stop for a while because most of them fail.</summary>
    public CircuitOptions Circuit { get; init; } = new();

    /// <summary>The longest answer that is read: 1 KiB to 1 GiB; 64 MiB by default.</summary>
    public int MaxResponseBytes { get; init; } = 64 * 1024 * 1024;

    internal void Validate(string channel)
    {
        List<string> faults = [];
        Check(AttemptTimeout < TimeSpan.FromMilliseconds(10) || AttemptTimeout > TimeSpan.FromHours(1), $"AttemptTimeout is {AttemptTimeout}; it must be 10 ms to 1 hour.");
        Check(MaxWait < TimeSpan.Zero || MaxWait > TimeSpan.FromDays(1), $"MaxWait is {MaxWait}; it must be 0 to 1 day.");
        Check(MaxRetryAfter < TimeSpan.Zero || MaxRetryAfter > TimeSpan.FromDays(1), $"MaxRetryAfter is {MaxRetryAfter}; it must be 0 to 1 day.");
        Check(CallsPerSecond <= 0, $"CallsPerSecond is {CallsPerSecond}; it must be more than 0, or null for no limit.");
        Check(Burst < 1, $"Burst is {Burst}; it must be 1 or more.");
        Check(MaxResponseBytes is < 1024 or > 1024 * 1024 * 1024, $"MaxResponseBytes is {MaxResponseBytes}; it must be 1 KiB to 1 GiB.");
        Check(Retry.Attempts is < 1 or > 100, $"Retry.Attempts is {Retry.Attempts}; it must be 1 to 100.");
        Check(Concurrency.Floor < 1 || Concurrency.Ceiling < Concurrency.Floor, $"Concurrency is {Concurrency.Floor} to {Concurrency.Ceiling}; it must be 1 or more, the ceiling not below the floor.");
        Check(Concurrency.Initial < 1, $"Concurrency.Initial is {Concurrency.Initial}; it must be 1 or more.");
        Check(!(Concurrency.LatencyTolerance > 1), $"Concurrency.LatencyTolerance is {Concurrency.LatencyTolerance}; it must be more than 1.");
        Check(Circuit.FailureShare is <= 0 or > 1, $"Circuit.FailureShare is {Circuit.FailureShare}; it must be above 0 and at most 1.");
        Check(Circuit.MinimumCalls < 2, $"Circuit.MinimumCalls is {Circuit.MinimumCalls}; it must be 2 or more.");
        Check(Circuit.Window < TimeSpan.FromMilliseconds(500) || Circuit.BreakDuration < TimeSpan.FromMilliseconds(500), "Circuit.Window and Circuit.BreakDuration must be 500 ms or more.");
        if (faults.Count > 0)
            throw new ArgumentException($"The options of HTTP channel '{channel}' are wrong. {string.Join(' ', faults)}");

        void Check(bool isWrong, string message)
        {
            if (isWrong)
                faults.Add(message);
        }
    }
}

/// <summary>How many calls go at once: more while the server keeps its speed, fewer when it slows down or refuses (multiplicative decrease; back along the curve of CUBIC, RFC 9438).</summary>
public sealed record ConcurrencyOptions
{
    /// <summary>Never fewer than this: 1 by default.</summary>
    public int Floor { get; init; } = 1;

    /// <summary>Never more than this, whatever the server bears: 16 by default.</summary>
    public int Ceiling { get; init; } = 16;

    /// <summary>Where it begins, within floor and ceiling; it doubles from there until the server first slows down. 4 by default.</summary>
    public int Initial { get; init; } = 4;

    /// <summary>How many times slower than at its best the server may answer before fewer calls are sent: above 1; 3 by default.</summary>
    public double LatencyTolerance { get; init; } = 3;
}

/// <summary>When calls stop for a while.</summary>
public sealed record CircuitOptions
{
    /// <summary>The share of calls that must fail to open the circuit: above 0, up to 1; 0.5 by default.</summary>
    public double FailureShare { get; init; } = 0.5;

    /// <summary>How many calls the window must hold before the share counts: 2 or more, 10 by default.</summary>
    public int MinimumCalls { get; init; } = 10;

    /// <summary>The time over which calls are counted: 500 ms or more, 30 s by default.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long it stays open before one call may try: 500 ms or more, 5 s by default.</summary>
    public TimeSpan BreakDuration { get; init; } = TimeSpan.FromSeconds(5);
}
