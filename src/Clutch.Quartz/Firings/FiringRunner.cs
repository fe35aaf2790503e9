using System.Globalization;
using Clutch.Executions;
using Clutch.Jobs;
using Clutch.Launching;
using Clutch.Repository;
using Clutch.Scheduling.Stored;
using Quartz;

namespace Clutch.Scheduling.Firings;

/// <summary>Runs a firing: launches its job once, whatever happens to nodes, and follows it to its end.</summary>
internal sealed class FiringRunner(
    JobCatalog catalog, JobLauncher launcher, IJobRepository repository, FiringFollower follower, Overlaps overlaps, TimeProvider timeProvider)
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    public async Task<FiringEnd> RunAsync(Firing firing, CancellationToken cancellationToken)
    {
        if (firing.Resume is { } handedBack)
            return await follower.ResumeAsync(firing, handedBack, cancellationToken) ?? await WaitAsync(firing, cancellationToken);
        if (!firing.IsDue && firing.Times.DueAt(firing.ScheduledAt) is var due && due > timeProvider.GetUtcNow())
            return await PutOffAsync(firing, due, cancellationToken);
        if (firing.Definition.Overlap is OverlapRule.Skip && !firing.IsRecovery && await overlaps.IsOverlappedAsync(firing, cancellationToken))
            return new(FiringResult.Skipped, firing.ScheduledAt, "An earlier firing was still running.", ExecutionId: null);
        return await LaunchAsync(firing, cancellationToken);
    }

    private async Task<FiringEnd> LaunchAsync(Firing firing, CancellationToken cancellationToken)
    {
        JobParameters parameters;
        try
        {
            parameters = FiringParameters.Bind(catalog.Get(firing.Definition.JobName), firing.Definition, firing.ScheduledAt, firing.RunId);
        }
        catch (Exception fault) when (fault is JobParametersException or JobNotFoundException or FormatException)
        {
            return new(FiringResult.Failed, firing.ScheduledAt, fault.Message, ExecutionId: null);
        }

        // The node before may have launched it, or not: only the repository knows.
        if (firing.IsRecovery && await repository.FindLastExecutionAsync(firing.Definition.JobName, parameters.IdentityKey, cancellationToken) is { } launched)
            return await follower.TakeUpAsync(firing, launched.Id, cancellationToken);
        var launch = await launcher.LaunchAsync(firing.Definition.JobName, parameters, cancellationToken);
        if (launch.Decision is LaunchDecision.LimitReached)
            return await WaitAsync(firing, cancellationToken);
        return launch.Run is { } run ? await follower.FollowAsync(firing, run, cancellationToken) : Refused(firing, launch.Decision);
    }

    private static FiringEnd Refused(Firing firing, LaunchDecision decision) => decision switch
    {
        LaunchDecision.AlreadyRunning running => new(FiringResult.Skipped, firing.ScheduledAt, $"The same work is being done by execution {running.Execution.Id}.", running.Execution.Id),
        LaunchDecision.AlreadyComplete complete => new(FiringResult.Skipped, firing.ScheduledAt, $"The same work was done by execution {complete.Execution.Id}.", complete.Execution.Id),
        LaunchDecision.Abandoned abandoned => new(FiringResult.Skipped, firing.ScheduledAt, $"The same work was abandoned with execution {abandoned.Execution.Id}.", abandoned.Execution.Id),
        _ => new(FiringResult.Failed, firing.ScheduledAt, $"The launch was refused: {decision}.", ExecutionId: null),
    };

    // A limit may be reached for hours: each try costs a firing and a line of the history, so they grow rarer.
    private Task<FiringEnd> WaitAsync(Firing firing, CancellationToken cancellationToken)
    {
        var doubled = FirstWait * Math.Pow(2, Math.Min(firing.WaitCount, 10));
        var due = timeProvider.GetUtcNow() + (doubled < LongestWait ? doubled : LongestWait);
        return PutOffAsync(firing with { WaitCount = firing.WaitCount + 1 }, due, cancellationToken);
    }

    // A trigger of its own takes no slot while it waits, and any node may fire it. Fired twice after a node died, it launches once: the database sees to that.
    private async Task<FiringEnd> PutOffAsync(Firing firing, DateTimeOffset due, CancellationToken cancellationToken)
    {
        var scheduledAt = JobParameters.Format(firing.ScheduledAt);
        List<(string Key, string Value)> data = [(ScheduleTriggers.ScheduledAt, scheduledAt)];
        if (firing.RunId is { } run)
            data.Add((ScheduleTriggers.Run, run));
        if (firing.Resume is { } handedBack)
            data.Add((ScheduleTriggers.Resume, handedBack.Value.ToString(CultureInfo.InvariantCulture)));
        if (firing.WaitCount > 0)
            data.Add((ScheduleTriggers.Waits, firing.WaitCount.ToString(CultureInfo.InvariantCulture)));
        var trigger = ScheduleTriggers.Once(firing.Definition, $"{firing.Definition.Name}/{scheduledAt}/{firing.Id}", due, timeProvider, data);
        await firing.Scheduler.ScheduleTrigger(trigger, TriggerConflict.Keep, cancellationToken);
        return new(Result: null, firing.ScheduledAt, $"Put off to {JobParameters.Format(due)}.", ExecutionId: null);
    }
}
