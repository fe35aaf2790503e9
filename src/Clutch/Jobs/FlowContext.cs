using Clutch.Executions;

namespace Clutch.Jobs;

/// <summary>What a decision can look at.</summary>
public sealed class FlowContext
{
    /// <summary>The parameters of the job execution.</summary>
    public required JobParameters Parameters { get; init; }

    /// <summary>The job context.</summary>
    public required ContextValues JobState { get; init; }

    /// <summary>The node before the decision, or null where it comes first.</summary>
    public string? PreviousNode { get; init; }

    /// <summary>The outcome of the node before the decision, or null where it comes first.</summary>
    public string? PreviousExitCode { get; init; }

    /// <summary>Services of the job execution's scope.</summary>
    public required IServiceProvider Services { get; init; }
}
