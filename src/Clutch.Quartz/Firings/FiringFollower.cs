using System.Globalization;
using Clutch.Executions;
using Clutch.Jobs;
using Clutch.Launching;
using Clutch.Repository;
using Clutch.Scheduling.Stored;
using Microsoft.Extensions.Logging;
using Quartz;

namespace Clutch.Scheduling.Firings;

/// <summary>Follows the execution of a firing to its end, takes up those of dead nodes and hands back those of a node that shuts down.</summary>
internal sealed class FiringFollower(
    JobLauncher launcher, IJobRepository repository, Recovery recovery, AutoRestart restarts, Drain drain, TimeProvider timeProvider, ILogger<FiringFollower> logger)
{
    // An execution that a node has just left ends in a moment; one that is at work may be so for hours, and each look is a transaction.
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPoll = TimeSpan.FromSeconds(3);

    /// <summary>Follows an execution of this process.</summary>
    public async Task<FiringEnd> FollowAsync(Firing firing, JobRun run, CancellationToken cancellationToken)
    {
        await using var interrupted = cancellationToken.Register(run.RequestStop);
        await Task.WhenAny(run.Completion, drain.Requested);
        if (!run.Completion.IsCompleted)
            run.Leave();
        await Task.WhenAny(run.Completion, drain.TimedOut);
        // Whoever takes it up waits until its chunk is through, or its lease over.
        if (!run.Completion.IsCompleted)
            return await HandBackAsync(firing, run.Execution.Id);
        var ended = await run.Completion;
        if (IsLost(run, ended))
            return await TakeUpAsync(firing, ended.Id, cancellationToken);
        if (!run.IsHandedBack || ended.Status is not BatchStatus.Stopped)
            return End(firing, ended);
        // A process may stop its executions before its scheduler, which would take up at once what was handed back.
        await drain.Requested;
        return await HandBackAsync(firing, ended.Id);
    }

    /// <summary>Sees an execution to its end whose node died or left, or may have: restarts it as soon as its lease has run out or it was handed back, unless somebody else does.</summary>
    public async Task<FiringEnd> TakeUpAsync(Firing firing, JobExecutionId id, CancellationToken cancellationToken)
    {
        for (var wait = Poll; ; wait = wait < LongestPoll ? wait + Poll : wait)
        {
            await recovery.RecoverAsync(cancellationToken);
            var execution = await LatestAsync(id, cancellationToken);
            id = execution.Id;
            var hasEnded = !execution.Status.IsRunning;
            if (hasEnded && await restarts.DecideAfterLossAsync(execution, cancellationToken) is not RestartVerdict.RestartAt)
                return End(firing, execution);
            if (drain.IsRequested)
                return await HandOverAsync(firing, id);
            if (hasEnded && (await launcher.RestartAsync(id, cancellationToken)).Run is { } run)
            {
                logger.FiringTakenUp(firing.Definition.Name, execution.Id.Value, execution.Node, run.Execution.Id.Value);
                return await FollowAsync(firing, run, cancellationToken);
            }

            await Task.WhenAny(drain.Requested, Task.Delay(wait, timeProvider, cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Goes on with an execution that a node handed back when it shut down; null where a limit is in its way.</summary>
    public async Task<FiringEnd?> ResumeAsync(Firing firing, JobExecutionId id, CancellationToken cancellationToken)
    {
        var execution = await LatestAsync(id, cancellationToken);
        // It is still at work, or somebody went on with it meanwhile.
        if (await restarts.DecideAfterLossAsync(execution, cancellationToken) is not RestartVerdict.RestartAt)
            return await TakeUpAsync(firing, execution.Id, cancellationToken);
        var launch = await launcher.RestartAsync(execution.Id, cancellationToken);
        if (launch.Decision is LaunchDecision.LimitReached)
            return null;
        return launch.Run is { } run ? await FollowAsync(firing, run, cancellationToken) : await TakeUpAsync(firing, execution.Id, cancellationToken);
    }

    private static bool IsLost(JobRun run, JobExecution ended) => ended.Status.IsRunning || ended.Fence != run.Execution.Fence;

    private static FiringEnd End(Firing firing, JobExecution ended)
    {
        var (result, word) = ended.Status switch
        {
            BatchStatus.Completed => (FiringResult.Completed, "completed"),
            BatchStatus.Stopped or BatchStatus.Abandoned => (FiringResult.Stopped, "was stopped"),
            _ => (FiringResult.Failed, "failed"),
        };
        var cause = ended.Failure is null ? "." : $": {ended.Failure.Message}";
        return new(result, firing.ScheduledAt, $"Execution {ended.Id} {word}{cause}", ended.Id);
    }

    private async Task<JobExecution> LatestAsync(JobExecutionId id, CancellationToken cancellationToken)
    {
        var execution = await repository.FindExecutionAsync(id, cancellationToken) ?? throw new InvalidOperationException($"Job execution {id} is not in the repository any more.");
        var latest = await repository.ListExecutionsAsync(new() { InstanceId = execution.InstanceId, Limit = 1 }, cancellationToken);
        return latest.Count > 0 ? latest[0] : execution;
    }

    private async Task<FiringEnd> HandBackAsync(Firing firing, JobExecutionId execution)
    {
        await StoreAsync(firing, execution);
        logger.FiringHandedBack(firing.Definition.Name, execution.Value);
        return new(FiringResult.Stopped, firing.ScheduledAt, $"Execution {execution} was handed back when its node shut down.", execution);
    }

    // Nothing of it ran here: to everybody else, the firing is the next node's.
    private async Task<FiringEnd> HandOverAsync(Firing firing, JobExecutionId execution)
    {
        await StoreAsync(firing, execution);
        return new(Result: null, firing.ScheduledAt, $"Another node waits for execution {execution}, for this one shut down.", execution);
    }

    private async Task StoreAsync(Firing firing, JobExecutionId execution)
    {
        var id = execution.Value.ToString(CultureInfo.InvariantCulture);
        var trigger = ScheduleTriggers.Once(
            firing.Definition,
            // The firing may itself come of such a trigger for the same execution, whose name is taken until it has ended.
            $"{firing.Definition.Name}/resume/{id}/{firing.Id}",
            timeProvider.GetUtcNow(),
            timeProvider,
            (ScheduleTriggers.ScheduledAt, JobParameters.Format(firing.ScheduledAt)),
            (ScheduleTriggers.Resume, id));
        await firing.Scheduler.ScheduleTrigger(trigger, TriggerConflict.Keep, CancellationToken.None);
    }
}
