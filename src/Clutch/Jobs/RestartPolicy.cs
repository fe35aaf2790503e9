using Clutch.Executions;

namespace Clutch.Jobs;

/// <summary>When and how often a failed job is restarted without anybody asking.</summary>
/// <remarks>
/// An execution whose node died is restarted at once and costs no attempt; three in a row without a committed chunk end that.
/// A chunk committed or a step completed since the last failure gives all attempts back, but not those of <see cref="MaxRestartsPerHour"/>. Two failures in a row at the same place with the same
/// error, whatever numbers, ids and quoted values it names, end the restarts: the next would fail there, too. A job that an operator stopped is never restarted by itself.
/// </remarks>
public sealed record RestartPolicy
{
    /// <summary>Restarts after failures without progress: 0 to 100; 3 by default.</summary>
    public int Attempts { get; init; } = 3;

    /// <summary>Restarts of an instance within an hour, whatever they got done: 1 to 100, 5 by default, and never fewer than <see cref="Attempts"/>; null for no limit. Beyond it the instance is left alone, and a person must look.</summary>
    /// <remarks>It ends crash loops: a job that commits a chunk and then fails, or brings its node down, would come back for ever. Restarts after a node's death and by hand count; what a process handed back when it was shut down does not.</remarks>
    public int? MaxRestartsPerHour { get; init; } = 5;

    /// <summary>The wait before the first restart, doubled for each one after: 0 to 1 day; 10 s by default.</summary>
    public TimeSpan Delay { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The longest wait: 0 to 1 day; 10 minutes by default.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>By what share waits vary, so that jobs which failed together do not come back together: 0 to 1; 0.2 by default.</summary>
    public double Jitter { get; init; } = 0.2;

    /// <summary>Failures that a restart cannot mend, such as bad configuration; null, the default, for none.</summary>
    public Func<Failure, bool>? Except { get; init; }

    /// <summary>The longest wait that the jitter makes of it.</summary>
    internal TimeSpan LongestWait => MaxDelay * (1 + Jitter);

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(Attempts);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Attempts, 100);
        if (MaxRestartsPerHour is { } restarts)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(restarts, nameof(MaxRestartsPerHour));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(restarts, 100, nameof(MaxRestartsPerHour));
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(Delay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Delay, TimeSpan.FromDays(1));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxDelay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxDelay, TimeSpan.FromDays(1));
        ArgumentOutOfRangeException.ThrowIfNegative(Jitter);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Jitter, 1);
    }
}
