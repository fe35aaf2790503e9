using Clutch.Client.Wire;
using Clutch.Server.Dashboard.Charts;

namespace Clutch.Server.Dashboard.Pages;

/// <summary>What the overview shows.</summary>
internal sealed record OverviewModel
{
    public required OverviewView Overview { get; init; }

    public required IReadOnlyList<ProgressView> Running { get; init; }

    /// <summary>Failed since the reader last said to have seen them, newest first.</summary>
    public required IReadOnlyList<ExecutionView> Failed { get; init; }

    public required IReadOnlyList<DueFiring> Due { get; init; }

    public required IReadOnlyList<TimelineLane> Lanes { get; init; }

    /// <summary>Open alerts, or null where the server sends none.</summary>
    public long? OpenAlertCount { get; init; }
}

/// <summary>A firing that is to come.</summary>
internal sealed record DueFiring(string Schedule, string Job, string InWords, DateTimeOffset At);

/// <summary>What the list of executions shows.</summary>
internal sealed record ExecutionListModel
{
    public required Page<ExecutionView> Page { get; init; }

    public required IReadOnlyList<string> Jobs { get; init; }

    public string? Job { get; init; }

    public ExecutionStatus? Status { get; init; }

    public long? Instance { get; init; }

    public bool IsFiltered => Job is not null || Status is not null || Instance is not null;
}

/// <summary>What the page of a job shows.</summary>
internal sealed record JobModel
{
    public required JobView Job { get; init; }

    public required JobHistoryView History { get; init; }

    public required IReadOnlyList<ExecutionView> Executions { get; init; }

    public required IReadOnlyList<DueFiring> Due { get; init; }
}

/// <summary>What the page of an execution shows.</summary>
internal sealed record ExecutionModel
{
    public required ExecutionDetails Details { get; init; }

    /// <summary>All attempts at the instance, newest first.</summary>
    public required IReadOnlyList<ExecutionView> Attempts { get; init; }

    /// <summary>Steps, and the partitions of steps that have not too many.</summary>
    public required IReadOnlyList<GanttRow> Rows { get; init; }
}

/// <summary>What the page of a step shows.</summary>
internal sealed record StepModel
{
    public required ExecutionView Execution { get; init; }

    public required string Step { get; init; }

    public required IReadOnlyList<StepView> Partitions { get; init; }

    /// <summary>Where the next page begins, or null.</summary>
    public string? Next { get; init; }

    /// <summary>How long a partition takes, by those that completed; null where none has.</summary>
    public double? MedianSeconds { get; init; }
}

/// <summary>What the page of dead letters shows.</summary>
internal sealed record DeadLetterModel
{
    public required DeadLetterGroups Groups { get; init; }

    public required Page<DeadLetterView> Letters { get; init; }

    public string? Job { get; init; }

    public string? Step { get; init; }

    public long? Execution { get; init; }
}
