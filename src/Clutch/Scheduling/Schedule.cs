namespace Clutch.Scheduling;

/// <summary>A schedule as it is stored.</summary>
public sealed record Schedule
{
    /// <summary>What holds now.</summary>
    public required ScheduleDefinition Definition { get; init; }

    /// <summary>Where it came from.</summary>
    public required ScheduleOrigin Origin { get; init; }

    /// <summary>What the program's code or configuration says where that differs from <see cref="Definition"/>, because somebody edited the schedule; else null.</summary>
    public ScheduleDefinition? DifferingCode { get; init; }

    /// <summary>Whether it fires.</summary>
    public required ScheduleState State { get; init; }

    /// <summary>Who paused it and why, or null where it is not paused.</summary>
    public SchedulePause? Pause { get; init; }

    /// <summary>The trigger in English words: <c>at 02:30, Monday to Friday (Europe/Berlin)</c>.</summary>
    public required string InWords { get; init; }

    /// <summary>The trigger taken apart, for other languages, or null where it is too odd.</summary>
    public ScheduleRhythm? Rhythm { get; init; }

    /// <summary>The next firings, soonest first, at most five; one that is due and has launched nothing yet is the first. Empty where there are none. A paused schedule shows what it would do.</summary>
    public required IReadOnlyList<PlannedFiring> Next { get; init; }

    /// <summary>When it last fired (UTC), or null.</summary>
    public DateTimeOffset? LastFiredAt { get; init; }

    /// <summary>How often it has been changed, from 1: give it with an edit, so that nobody's change is overwritten unseen.</summary>
    public required int Revision { get; init; }

    /// <summary>The latest changes, newest first, at most twenty.</summary>
    public required IReadOnlyList<ScheduleChange> Changes { get; init; }
}

/// <summary>Where a schedule came from.</summary>
public enum ScheduleOrigin
{
    /// <summary>The program's code or configuration, and nobody edited it.</summary>
    Code,

    /// <summary>The program's code or configuration, and somebody edited it: a new deployment leaves it alone.</summary>
    EditedCode,

    /// <summary>It was created while the program ran.</summary>
    Created,
}

/// <summary>Whether a schedule fires.</summary>
public enum ScheduleState
{
    /// <summary>It waits for its next firing.</summary>
    Active,

    /// <summary>It was paused.</summary>
    Paused,

    /// <summary>It has no firing left.</summary>
    Ended,

    /// <summary>It cannot fire: this needs a person, see the log. Resuming it tries again.</summary>
    Faulty,
}

/// <summary>A pause.</summary>
/// <param name="By">Who asked for it, or null where nobody said.</param>
/// <param name="Reason">Why, or null where nobody said.</param>
/// <param name="At">When (UTC).</param>
public sealed record SchedulePause(string? By, string? Reason, DateTimeOffset At);

/// <summary>A change of a schedule.</summary>
/// <param name="At">When (UTC).</param>
/// <param name="By">Who made it; <c>deployment</c> for the program's own code.</param>
/// <param name="Action">What was done: <c>created</c>, <c>edited</c>, <c>paused</c>, <c>resumed</c>, <c>run</c>, <c>reverted</c>, <c>deployed</c>.</param>
/// <param name="Details">What it was before, or why; null where there is nothing to say.</param>
public sealed record ScheduleChange(DateTimeOffset At, string By, string Action, string? Details);

/// <summary>A firing that is to come.</summary>
/// <param name="At">When (UTC), spread included, jitter not.</param>
/// <param name="Local">The same on the clock of the schedule's zone.</param>
/// <param name="Note">What a change between winter and summer time does to it, in English words, or null.</param>
public sealed record PlannedFiring(DateTimeOffset At, DateTimeOffset Local, string? Note)
{
    /// <summary>What <see cref="Note"/> says, for other languages, or null.</summary>
    public ClockChange? Change { get; init; }
}
