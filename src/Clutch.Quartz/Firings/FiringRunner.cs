using System.Globalization;
using Clutch.Executions;
using Clutch.Jobs;
using Clutch.Launching;
using Clutch.Repository;
using Clutch.Scheduling.Stored;
using Microsoft.Extensions.Logging;
using Quartz;

namespace Clutch.Scheduling.Firings;

/// <summary>Runs a firing: launches its job once, whatever happens to nodes, and follows it to its end.</summary>
internal sealed class FiringRunner(
    JobCatalog catalog, JobLauncher launcher, IJobRepository repository, FiringFollower follower, Overlaps overlaps, RepositoryPatience patience, NodeIdentity node, TimeProvider timeProvider,
    ILogger<FiringRunner> logger)
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    // A deployment is through by then, and who forgot to start a program wants to know the same night.
    private static readonly TimeSpan LongestUnhosted = TimeSpan.FromHours(1);

    public async Task<FiringEnd> RunAsync(Firing firing, CancellationToken cancellationToken)
    {
        try
        {
            return await DecideAsync(firing, cancellationToken);
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested && patience.IsTransient(fault))
        {
            logger.FiringDelayed(firing.Definition.Name, fault);
            // What was launched before the database went away is taken up then.
            return await WaitAsync(firing with { IsRecovery = true }, cancellationToken);
        }
    }

    private async Task<FiringEnd> DecideAsync(Firing firing, CancellationToken cancellationToken)
    {
        if (firing.IsDeleted && firing.IsPlanned)
            return new(FiringResult.Skipped, firing.ScheduledAt, "The schedule was deleted.", ExecutionId: null);
        if (!firing.IsDue && firing.Times.DueAt(firing.ScheduledAt) is var due && due > timeProvider.GetUtcNow())
            return await PutOffAsync(firing, due, cancellationToken);
        if (firing.IsDue && firing.IsPlanned && await IsPausedAsync(firing, cancellationToken))
            return await HoldAsync(firing, cancellationToken);
        return catalog.Find(firing.Definition.JobName) is null
            ? await LeaveToOthersAsync(firing, cancellationToken)
            : await RunHostedAsync(firing with { UnhostedSince = null }, cancellationToken);
    }

    private async Task<FiringEnd> RunHostedAsync(Firing firing, CancellationToken cancellationToken)
    {
        if (firing.Resume is { } handedBack)
            return await follower.ResumeAsync(firing, handedBack, cancellationToken) ?? await WaitAsync(firing, cancellationToken);
        return await LaunchAsync(firing, cancellationToken);
    }

    // Another program of the cluster has the job, or the next version of this one has.
    private async Task<FiringEnd> LeaveToOthersAsync(Firing firing, CancellationToken cancellationToken)
    {
        var now = timeProvider.GetUtcNow();
        var since = firing.UnhostedSince ?? now;
        if (now - since < LongestUnhosted)
            return await WaitAsync(firing with { UnhostedSince = since }, cancellationToken);
        var summary = $"For {LongestUnhosted.TotalHours:0} h only nodes without job '{firing.Definition.JobName}' took it. Start a program that has the job, or delete the schedule.";
        return new(FiringResult.Failed, firing.ScheduledAt, summary, firing.Resume);
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
        if (firing.IsRecovery && await FindLaunchedAsync(firing, parameters, cancellationToken) is { } launched)
            return await follower.TakeUpAsync(firing, launched.Id, cancellationToken);
        if (firing.Definition.Overlap is not OverlapRule.Allow && await GiveWayAsync(firing, cancellationToken) is { } end)
            return end;
        var launch = await patience.RunAsync(token => launcher.LaunchAsync(firing.Definition.JobName, parameters, token), cancellationToken);
        // Its answer was lost with the database, and this process knows nothing of it.
        if (launch.Decision is LaunchDecision.AlreadyRunning { Execution: var running } && running.Node == node.Name && FiringParameters.IsOf(firing, running) && !IsHere(running.Id))
            return await follower.TakeUpAsync(firing, running.Id, cancellationToken);
        if (launch.Decision is LaunchDecision.LimitReached)
            return await WaitAsync(firing, cancellationToken);
        return launch.Run is { } run ? await follower.FollowAsync(firing, run, cancellationToken) : Refused(firing, launch.Decision);
    }

    // Null where nothing earlier is at work.
    private async Task<FiringEnd?> GiveWayAsync(Firing firing, CancellationToken cancellationToken)
    {
        var isSerial = ScheduleTriggers.IsSerial(firing.Definition);
        if (!isSerial && !firing.IsTakenOver && await overlaps.IsOverlappedAsync(firing, cancellationToken))
            return LeftOut(firing);
        if (!await patience.RunAsync(token => overlaps.IsBehindRestartAsync(firing, token), cancellationToken))
            return null;
        if (isSerial)
            return await WaitAsync(firing, cancellationToken);
        await overlaps.RecordAsync(firing, cancellationToken);
        return LeftOut(firing);
    }

    private static FiringEnd LeftOut(Firing firing) => new(FiringResult.Skipped, firing.ScheduledAt, "An earlier firing was still running.", ExecutionId: null);

    private bool IsHere(JobExecutionId id) => launcher.Running.Any(run => run.Execution.Id == id);

    // With the job's own parameters as identity, somebody else may have done the same work before.
    private async Task<JobExecution?> FindLaunchedAsync(Firing firing, JobParameters parameters, CancellationToken cancellationToken)
    {
        var last = await patience.RunAsync(token => repository.FindLastExecutionAsync(firing.Definition.JobName, parameters.IdentityKey, token).AsTask(), cancellationToken);
        return last is not null && FiringParameters.IsOf(firing, last) ? last : null;
    }

    private static FiringEnd Refused(Firing firing, LaunchDecision decision) => decision switch
    {
        LaunchDecision.AlreadyRunning running => new(FiringResult.Skipped, firing.ScheduledAt, $"The same work is being done by execution {running.Execution.Id}.", running.Execution.Id),
        LaunchDecision.AlreadyComplete complete => new(FiringResult.Skipped, firing.ScheduledAt, $"The same work was done by execution {complete.Execution.Id}.", complete.Execution.Id),
        LaunchDecision.Abandoned abandoned => new(FiringResult.Skipped, firing.ScheduledAt, $"The same work was abandoned with execution {abandoned.Execution.Id}.", abandoned.Execution.Id),
        _ => new(FiringResult.Failed, firing.ScheduledAt, $"The launch was refused: {decision}.", ExecutionId: null),
    };

    // What stands in the way may last for hours: each try costs a firing and a line of the history, so they grow rarer, and one of a schedule waits for all.
    private async Task<FiringEnd> WaitAsync(Firing firing, CancellationToken cancellationToken)
    {
        if (firing.IsPlanned && firing.Definition is { Overlap: not OverlapRule.Allow, Misfire: not MisfireRule.RunAll } && await overlaps.IsBehindWaitingAsync(firing, cancellationToken))
            return new(FiringResult.Skipped, firing.ScheduledAt, "An earlier firing was still waiting.", ExecutionId: null);
        var doubled = FirstWait * Math.Pow(2, Math.Min(firing.WaitCount, 10));
        var due = timeProvider.GetUtcNow() + (doubled < LongestWait ? doubled : LongestWait);
        return await PutOffAsync(firing with { WaitCount = firing.WaitCount + 1 }, due, cancellationToken);
    }

    private static async Task<bool> IsPausedAsync(Firing firing, CancellationToken cancellationToken) =>
        await firing.Scheduler.GetTriggerState(StoredSchedule.TriggerKeyOf(firing.Definition.Name), cancellationToken) is TriggerState.Paused;

    // Resuming the schedule resumes it; one resumed between the two looks resumes here.
    private async Task<FiringEnd> HoldAsync(Firing firing, CancellationToken cancellationToken)
    {
        var trigger = TriggerFor(firing, timeProvider.GetUtcNow() + FirstWait);
        await firing.Scheduler.ScheduleTrigger(trigger, TriggerConflict.Keep, cancellationToken);
        await firing.Scheduler.PauseTrigger(trigger.Key, cancellationToken);
        if (!await IsPausedAsync(firing, cancellationToken))
            await firing.Scheduler.ResumeTrigger(trigger.Key, cancellationToken);
        return new(Result: null, firing.ScheduledAt, "Put off until the schedule is resumed.", ExecutionId: null);
    }

    // A trigger of its own takes no slot while it waits, and any node may fire it. Fired twice after a node died, it launches once: the database sees to that.
    private async Task<FiringEnd> PutOffAsync(Firing firing, DateTimeOffset due, CancellationToken cancellationToken)
    {
        await firing.Scheduler.ScheduleTrigger(TriggerFor(firing, due), TriggerConflict.Keep, cancellationToken);
        return new(Result: null, firing.ScheduledAt, $"Put off to {JobParameters.Format(due)}.", ExecutionId: null);
    }

    private ITrigger TriggerFor(Firing firing, DateTimeOffset due)
    {
        List<(string Key, string Value)> data = [(ScheduleTriggers.ScheduledAt, JobParameters.Format(firing.ScheduledAt))];
        if (firing.RunId is { } run)
            data.Add((ScheduleTriggers.Run, run));
        if (firing.Resume is { } handedBack)
            data.Add((ScheduleTriggers.Resume, handedBack.Value.ToString(CultureInfo.InvariantCulture)));
        if (firing.WaitCount > 0)
            data.Add((ScheduleTriggers.Waits, firing.WaitCount.ToString(CultureInfo.InvariantCulture)));
        if (firing.IsRecovery)
            data.Add((ScheduleTriggers.Recovery, "true"));
        if (firing.UnhostedSince is { } since)
            data.Add((ScheduleTriggers.UnhostedSince, JobParameters.Format(since)));
        return ScheduleTriggers.Once(firing.Definition, firing.NameOfPutOff, due, timeProvider, data);
    }
}
