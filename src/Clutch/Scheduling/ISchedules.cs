namespace Clutch.Scheduling;

/// <summary>The schedules that all processes on one database share: who looks, who changes them, and who runs them.</summary>
/// <remarks>Each change says who made it. A schedule of the program's code that was edited stays as edited when the program is deployed anew; <see cref="RevertAsync"/> gives it back.</remarks>
public interface ISchedules
{
    /// <summary>All schedules by name, deleted ones left out.</summary>
    ValueTask<IReadOnlyList<Schedule>> ListAsync(CancellationToken cancellationToken);

    /// <summary>The schedule, or null.</summary>
    ValueTask<Schedule?> FindAsync(string name, CancellationToken cancellationToken);

    /// <summary>Checks a definition and says when it would fire; nothing is stored.</summary>
    /// <param name="definition">The definition.</param>
    /// <param name="count">How many firings: 1 to 100.</param>
    /// <param name="from">From when on, or null for now.</param>
    /// <exception cref="ScheduleDefinitionException">It does not fit; all faults are told at once.</exception>
    SchedulePreview Preview(ScheduleDefinition definition, int count, DateTimeOffset? from = null);

    /// <summary>Creates a schedule, or creates a deleted one anew.</summary>
    /// <exception cref="ScheduleDefinitionException">It does not fit; all faults are told at once.</exception>
    ValueTask<ScheduleAnswer> CreateAsync(ScheduleDefinition definition, ScheduleAuthor author, CancellationToken cancellationToken);

    /// <summary>Puts another definition in the place of the schedule of that name. A paused schedule stays paused.</summary>
    /// <param name="definition">The new definition.</param>
    /// <param name="revision">The revision that the author has seen, or null to overwrite whatever is there.</param>
    /// <param name="author">Who asks, and why.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="ScheduleDefinitionException">It does not fit; all faults are told at once.</exception>
    ValueTask<ScheduleAnswer> EditAsync(ScheduleDefinition definition, int? revision, ScheduleAuthor author, CancellationToken cancellationToken);

    /// <summary>Gives an edited schedule back to the program's code.</summary>
    ValueTask<ScheduleAnswer> RevertAsync(string name, ScheduleAuthor author, CancellationToken cancellationToken);

    /// <summary>Deletes a schedule. One of the program's code stays deleted when the program is deployed anew.</summary>
    ValueTask<ScheduleAnswer> DeleteAsync(string name, ScheduleAuthor author, CancellationToken cancellationToken);

    /// <summary>Stops its firing until it is resumed; what runs goes on.</summary>
    ValueTask<ScheduleAnswer> PauseAsync(string name, ScheduleAuthor author, CancellationToken cancellationToken);

    /// <summary>Lets it fire again; its misfire rule says what becomes of the firings missed meanwhile.</summary>
    ValueTask<ScheduleAnswer> ResumeAsync(string name, ScheduleAuthor author, CancellationToken cancellationToken);

    /// <summary>Fires it once now, on whichever node has a slot free, paused or not. It is a job instance of its own.</summary>
    ValueTask<ScheduleAnswer> RunNowAsync(string name, ScheduleAuthor author, CancellationToken cancellationToken);

    /// <summary>A page of firings, newest first; those that are running come first.</summary>
    ValueTask<IReadOnlyList<ScheduleFiring>> ListFiringsAsync(ScheduleHistoryFilter filter, CancellationToken cancellationToken);

    /// <summary>A page of firings that did not happen, newest first.</summary>
    ValueTask<IReadOnlyList<ScheduleMisfire>> ListMisfiresAsync(ScheduleHistoryFilter filter, CancellationToken cancellationToken);

    /// <summary>The nodes, this one first.</summary>
    ValueTask<IReadOnlyList<SchedulerNode>> ListNodesAsync(CancellationToken cancellationToken);
}

/// <summary>Who changes a schedule.</summary>
/// <param name="Name">The name of the person or program.</param>
/// <param name="Reason">Why, or null.</param>
public sealed record ScheduleAuthor(string Name, string? Reason = null);

/// <summary>What came of a change.</summary>
public abstract record ScheduleAnswer
{
    private ScheduleAnswer()
    {
    }

    /// <summary>It was done.</summary>
    /// <param name="Schedule">The schedule as it is now; after a deletion, as it was.</param>
    public sealed record Done(Schedule Schedule) : ScheduleAnswer;

    /// <summary>There is no schedule of that name.</summary>
    public sealed record Unknown(string Name) : ScheduleAnswer;

    /// <summary>There is one of that name already.</summary>
    public sealed record Exists(Schedule Schedule) : ScheduleAnswer;

    /// <summary>Somebody else changed it since: look at the latest change, then decide.</summary>
    public sealed record Conflict(Schedule Schedule) : ScheduleAnswer;

    /// <summary>It is not possible as it stands; the sentence says why.</summary>
    public sealed record Refused(string Reason) : ScheduleAnswer;
}

/// <summary>What a definition would do.</summary>
/// <param name="InWords">The trigger in English words.</param>
/// <param name="Firings">The firings, soonest first.</param>
/// <param name="Notes">What to know about it: a time that a change of the clock leaves out or repeats, a bound that cuts it off.</param>
public sealed record SchedulePreview(string InWords, IReadOnlyList<PlannedFiring> Firings, IReadOnlyList<string> Notes)
{
    /// <summary>The trigger taken apart, for other languages, or null where it is too odd.</summary>
    public ScheduleRhythm? Rhythm { get; init; }
}

/// <summary>A definition does not fit.</summary>
public sealed class ScheduleDefinitionException : Exception
{
    /// <summary>With these faults.</summary>
    public ScheduleDefinitionException(string scheduleName, IReadOnlyList<string> errors)
        : base($"Schedule '{scheduleName}' does not fit: {string.Join(" ", errors ?? [])}") => Errors = errors ?? [];

    /// <summary>The faults, a sentence each.</summary>
    public IReadOnlyList<string> Errors { get; }
}
