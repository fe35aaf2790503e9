using Clutch.Executions;

namespace Clutch.Steps;

/// <summary>How a step execution ended.</summary>
public sealed record StepOutcome
{
    /// <summary>Its status: completed, failed or stopped.</summary>
    public required BatchStatus Status { get; init; }

    /// <summary>What transitions look at: the step's own exit code, else the status.</summary>
    public required string ExitCode { get; init; }

    /// <summary>Its counters.</summary>
    public StepCounts Counts { get; init; }

    /// <summary>The part of them that belongs to a chunk which never committed.</summary>
    public StepCounts Uncommitted { get; init; }

    /// <summary>The fault that ended it, or null.</summary>
    public Exception? Fault { get; init; }

    /// <summary>An earlier execution had completed the step; it was not run now.</summary>
    internal bool IsPassedOver { get; init; }

    /// <summary>The step context is stored whatever the status: no chunk that failed has part in it.</summary>
    internal bool KeepsState { get; init; }

    internal static StepOutcome For(BatchStatus status, StepContext step, Exception? fault = null) =>
        new() { Status = status, ExitCode = status is BatchStatus.Stopped ? status.ToString() : step.ExitCode ?? status.ToString(), Fault = fault };
}
