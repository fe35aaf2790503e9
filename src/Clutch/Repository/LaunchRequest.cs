using Clutch.Executions;

namespace Clutch.Repository;

/// <summary>Asks for an execution of a job instance.</summary>
public sealed record LaunchRequest
{
    /// <summary>The job's name.</summary>
    public required string JobName { get; init; }

    /// <summary>All parameters; the identifying ones name the instance.</summary>
    public required JobParameters Parameters { get; init; }

    /// <summary>The node that will run it.</summary>
    public required string Node { get; init; }

    /// <summary>How long its first lease lasts.</summary>
    public required TimeSpan LeaseDuration { get; init; }

    /// <summary>The failed or stopped execution to take up, or null to launch by parameters.</summary>
    /// <remarks>It must be its instance's latest; its identifying parameters are those given.</remarks>
    public JobExecutionId? RestartOf { get; init; }

    /// <summary>How many executions of the job may run at once, this one included; null for any number.</summary>
    public int? MaxRunning { get; init; }

    /// <summary>The executions that the launching process runs: they live, whatever their leases say.</summary>
    public IReadOnlyCollection<JobExecutionId> AtWork { get; init; } = [];
}

/// <summary>What came of a <see cref="LaunchRequest"/>.</summary>
public abstract record LaunchDecision
{
    private LaunchDecision()
    {
    }

    /// <summary>The execution was created and its lease is the caller's.</summary>
    /// <param name="Execution">The new execution.</param>
    /// <param name="Previous">The instance's execution before it, or null for the first.</param>
    public sealed record Launched(JobExecution Execution, JobExecution? Previous) : LaunchDecision;

    /// <summary>Another execution of the instance holds a lease.</summary>
    public sealed record AlreadyRunning(JobExecution Execution) : LaunchDecision;

    /// <summary>The instance has completed.</summary>
    public sealed record AlreadyComplete(JobExecution Execution) : LaunchDecision;

    /// <summary>The instance was abandoned.</summary>
    public sealed record Abandoned(JobExecution Execution) : LaunchDecision;

    /// <summary>The execution to restart is not its instance's latest.</summary>
    public sealed record Superseded(JobExecution Latest) : LaunchDecision;

    /// <summary>As many executions as are allowed run already; nothing was written. Try again when one has ended.</summary>
    /// <param name="Limit">Which limit.</param>
    /// <param name="MaxRunning">How many it allows.</param>
    public sealed record LimitReached(LaunchLimit Limit, int MaxRunning) : LaunchDecision;

    /// <summary>There is no such execution to restart.</summary>
    public sealed record Unknown(JobExecutionId Id) : LaunchDecision;
}

/// <summary>What limits how many executions run at once.</summary>
public enum LaunchLimit
{
    /// <summary>The job's own limit, over all processes.</summary>
    Job,

    /// <summary>The limit of this process.</summary>
    Node,
}
