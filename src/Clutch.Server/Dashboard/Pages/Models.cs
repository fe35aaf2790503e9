using Clutch.Client.Wire;
using Clutch.Scheduling;
using Clutch.Server.Dashboard.Charts;

namespace Clutch.Server.Dashboard.Pages;

/// <summary>What the overview shows.</summary>
public sealed record OverviewModel
{
    private const int MaxFailedShown = 20;

    /// <summary>The counts at the top.</summary>
    public required OverviewView Overview { get; init; }

    /// <summary>What runs now, at most fifty.</summary>
    public required IReadOnlyList<ProgressView> Running { get; init; }

    /// <summary>Failed and not tried again since, newest first.</summary>
    public required IReadOnlyList<ExecutionView> Failed { get; init; }

    /// <summary>What is due next, soonest first.</summary>
    public required IReadOnlyList<DueFiring> Due { get; init; }

    /// <summary>How many schedules are paused: what they do not fire is not among what is due.</summary>
    public required int PausedCount { get; init; }

    /// <summary>A lane for each job that has run.</summary>
    public required IReadOnlyList<TimelineLane> Lanes { get; init; }

    /// <summary>The span of time that the lanes show.</summary>
    public required TimeWindow Window { get; init; }

    /// <summary>How far the lanes reach back.</summary>
    public required TimeSpan Back { get; init; }

    /// <summary>Whether something failed in the last day and was not tried again since.</summary>
    public required bool HasUnresolved { get; init; }

    /// <summary>Nodes that vanished and that no younger one stands in for.</summary>
    public required int MissingNodeCount { get; init; }

    /// <summary>Failed messages of the outbox that nobody has acknowledged, or null where there is no outbox.</summary>
    public long? FailedMessageCount { get; init; }

    /// <summary>Whether there are more failures than are shown.</summary>
    public bool IsFailedCut { get; init; }

    /// <summary>Up to when the reader has seen all failures once these are seen: Unix time in milliseconds.</summary>
    // By their ends, not by their ids: a long execution may fail after a younger one did.
    public long SeenUpTo => Failed.Max(MillisecondsOf);

    /// <summary>The same for a reader who has seen all that failed up to an instant, the latest failure first.</summary>
    /// <param name="seen">The instant as Unix time in milliseconds; 0 where nothing was seen. One that is still to come hides nothing: what it would hide nobody can have seen.</param>
    /// <param name="now">The time of now.</param>
    public OverviewModel After(long seen, DateTimeOffset now)
    {
        var unseen = Failed.Where(execution => seen > now.ToUnixTimeMilliseconds() || MillisecondsOf(execution) > seen).OrderByDescending(MillisecondsOf).ToList();
        return this with { Failed = [.. unseen.Take(MaxFailedShown)], IsFailedCut = unseen.Count > MaxFailedShown };
    }

    private static long MillisecondsOf(ExecutionView execution) => (execution.EndedAt ?? execution.StartedAt).ToUnixTimeMilliseconds();

    /// <summary>Open alerts, or null where the server sends none.</summary>
    public long? OpenAlertCount { get; init; }
}

/// <summary>A firing that is to come.</summary>
/// <param name="Schedule">The schedule.</param>
/// <param name="At">When (UTC).</param>
public sealed record DueFiring(Schedule Schedule, DateTimeOffset At);

/// <summary>What the list of executions shows.</summary>
public sealed record ExecutionListModel
{
    /// <summary>The page of executions.</summary>
    public required Page<ExecutionView> Page { get; init; }

    /// <summary>The jobs to choose from.</summary>
    public required IReadOnlyList<string> Jobs { get; init; }

    /// <summary>The job of the filter, or null.</summary>
    public string? Job { get; init; }

    /// <summary>The status of the filter, or null.</summary>
    public ExecutionStatus? Status { get; init; }

    /// <summary>The job instance of the filter, or null.</summary>
    public long? Instance { get; init; }

    /// <summary>Whether anything is filtered.</summary>
    public bool IsFiltered => Job is not null || Status is not null || Instance is not null;
}

/// <summary>What the page of a job shows.</summary>
public sealed record JobModel
{
    /// <summary>The job of the filter, or null.</summary>
    public required JobView Job { get; init; }

    /// <summary>Its latest executions.</summary>
    public required JobHistoryView History { get; init; }

    /// <summary>Its latest executions, for the table.</summary>
    public required IReadOnlyList<ExecutionView> Executions { get; init; }

    /// <summary>What is due next, soonest first.</summary>
    public required IReadOnlyList<DueFiring> Due { get; init; }
}

/// <summary>What the page of an execution shows.</summary>
public sealed record ExecutionModel
{
    /// <summary>The execution with its steps.</summary>
    public required ExecutionDetails Details { get; init; }

    /// <summary>All attempts at the instance, newest first.</summary>
    public required IReadOnlyList<ExecutionView> Attempts { get; init; }

    /// <summary>Steps, and the partitions of steps that have not too many.</summary>
    public required IReadOnlyList<GanttRow> Rows { get; init; }
}

/// <summary>What the page of a step shows.</summary>
public sealed record StepModel
{
    /// <summary>The execution.</summary>
    public required ExecutionView Execution { get; init; }

    /// <summary>The step.</summary>
    public required string Step { get; init; }

    /// <summary>All its partitions, or the first of very many, in their order.</summary>
    public required IReadOnlyList<PartitionCell> Cells { get; init; }

    /// <summary>How many of all stand where.</summary>
    public required IReadOnlyList<(ExecutionStatus Status, long Count)> Counts { get; init; }

    /// <summary>How many there are, those without a cell included.</summary>
    public long TotalCount => Counts.Sum(count => count.Count);

    /// <summary>Only these are shown; null for all.</summary>
    public ExecutionStatus? Status { get; init; }

    /// <summary>A page of its partitions.</summary>
    public required IReadOnlyList<StepView> Partitions { get; init; }

    /// <summary>Where the next page begins, or null.</summary>
    public string? Next { get; init; }

    /// <summary>How long a partition takes, by those that completed; null where none has.</summary>
    public double? MedianSeconds { get; init; }
}

/// <summary>What the page of dead letters shows.</summary>
public sealed record DeadLetterModel
{
    /// <summary>Open letters by error.</summary>
    public required DeadLetterGroups Groups { get; init; }

    /// <summary>A page of letters.</summary>
    public required Page<DeadLetterView> Letters { get; init; }

    /// <summary>The job of the filter, or null.</summary>
    public string? Job { get; init; }

    /// <summary>The step.</summary>
    public string? Step { get; init; }

    /// <summary>The execution.</summary>
    public long? Execution { get; init; }
}

/// <summary>What the page of a schedule shows.</summary>
public sealed record ScheduleModel
{
    /// <summary>The schedule.</summary>
    public required Schedule Schedule { get; init; }

    /// <summary>Its latest firings.</summary>
    public required IReadOnlyList<FiringView> Firings { get; init; }

    /// <summary>Its latest firings that did not happen.</summary>
    public required IReadOnlyList<MisfireView> Misfires { get; init; }
}

/// <summary>What the list of alerts shows.</summary>
public sealed record AlertListModel
{
    /// <summary>The page.</summary>
    public required Page<AlertView> Alerts { get; init; }

    /// <summary>Only these are shown; null for all.</summary>
    public AlertState? State { get; init; }

    /// <summary>The silences that last.</summary>
    public required IReadOnlyList<AlertSilenceView> Silences { get; init; }

    /// <summary>Where alerts go.</summary>
    public required IReadOnlyList<AlertTargetView> Targets { get; init; }

    /// <summary>How the test fares that was just sent; empty where there is none.</summary>
    public required IReadOnlyList<AlertDeliveryView> TestDeliveries { get; init; }
}
