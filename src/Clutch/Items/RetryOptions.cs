namespace Clutch.Items;

/// <summary>How often, and after which waits, a transient fault is tried again.</summary>
public sealed record RetryOptions
{
    /// <summary>How often a piece of work is tried in all: 1 (never again) to 100; 3 by default.</summary>
    public int Attempts { get; init; } = 3;

    /// <summary>The wait before the second attempt, doubled for each one after: 0 to 1 hour; 200 ms by default.</summary>
    public TimeSpan Delay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest wait: 0 to 1 day; 10 s by default.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether waits are varied at random, so that what failed together does not come back together; true by default.</summary>
    public bool UseJitter { get; init; } = true;

    /// <summary>One attempt, no retry.</summary>
    public static RetryOptions None { get; } = new() { Attempts = 1 };

    /// <summary>The wait before the last attempt, as it is without jitter.</summary>
    internal TimeSpan LongestWait => Attempts == 1 ? TimeSpan.Zero : TimeSpan.FromTicks((long)Math.Min(MaxDelay.Ticks, Delay.Ticks * Math.Pow(2, Attempts - 2)));

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Attempts, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Attempts, 100);
        ArgumentOutOfRangeException.ThrowIfLessThan(Delay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Delay, TimeSpan.FromHours(1));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxDelay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxDelay, TimeSpan.FromDays(1));
    }
}
