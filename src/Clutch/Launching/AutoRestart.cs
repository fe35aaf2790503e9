using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Clutch.Executions;
using Clutch.Repository;
using Clutch.Telemetry;
using Microsoft.Extensions.Logging;

namespace Clutch.Launching;

/// <summary>Restarts failed executions as their jobs' restart policies say, and what schedules fired where its process left and no firing sees to it.</summary>
/// <remarks>Every process may run it: the repository lets only one of them have the execution.</remarks>
public sealed class AutoRestart(JobCatalog catalog, JobLauncher launcher, IJobRepository repository, TimeProvider timeProvider, ILogger<AutoRestart> logger)
{
    private const int PageSize = 100;

    // A restart that is due at a limit, or while nobody looks, waits longer than its policy says.
    private static readonly TimeSpan LookBackSlack = TimeSpan.FromHours(1);
    private readonly RestartDecider _decider = new(repository);
    private readonly ConcurrentDictionary<JobExecutionId, RestartVerdict> _verdicts = [];

    /// <summary>Looks once at the latest failures of jobs with a policy, and at what processes left; answers the executions it started.</summary>
    public async Task<IReadOnlyList<JobLaunch>> RestartDueAsync(CancellationToken cancellationToken)
    {
        var launched = new List<JobLaunch>();
        var seen = new HashSet<JobExecutionId>();
        await foreach (var execution in ReadWaitingAsync(cancellationToken))
        {
            seen.Add(execution.Id);
            if (await RestartIfDueAsync(execution, cancellationToken) is { } launch)
                launched.Add(launch);
        }

        foreach (var gone in _verdicts.Keys.Where(id => !seen.Contains(id)))
            _verdicts.TryRemove(gone, out _);
        return launched;
    }

    /// <summary>What the job's policy says of the execution; a job without a policy is never restarted. What its process left goes on whatever the policy, where a schedule fired it and no firing sees to it.</summary>
    public async Task<RestartVerdict> DecideAsync(JobExecution execution, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(execution);
        return catalog.Find(execution.JobName) switch
        {
            { } when execution.IsHandedBack => await _decider.DecideLeftAsync(execution, cancellationToken),
            { RestartPolicy: { } policy } job => await _decider.DecideAsync(job, policy, execution, cancellationToken),
            _ => new RestartVerdict.None(),
        };
    }

    /// <summary>What is to become of an execution whose node died or left, for a caller that restarts it itself: a restart at once, unless three nodes in a row died with it.</summary>
    /// <remarks>A job without a policy is restarted, too: nothing of its own failed.</remarks>
    public async Task<RestartVerdict> DecideAfterLossAsync(JobExecution execution, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(execution);
        if (!RestartDecider.IsLostLease(execution) && !execution.IsHandedBack)
            return new RestartVerdict.None();
        var job = catalog.Find(execution.JobName);
        return await _decider.DecideAsync(job, job?.RestartPolicy ?? new(), execution, cancellationToken);
    }

    private async IAsyncEnumerable<JobExecution> ReadWaitingAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var job in catalog.Jobs.Where(job => job.RestartPolicy is not null))
        {
            await foreach (var failed in ReadAsync(new() { JobName = job.Name, Status = BatchStatus.Failed }, job.RestartPolicy!.LongestWait, cancellationToken))
                yield return failed;
        }

        await foreach (var stopped in ReadAsync(new() { Status = BatchStatus.Stopped }, TimeSpan.Zero, cancellationToken))
        {
            if (stopped.IsHandedBack)
                yield return stopped;
        }
    }

    /// <summary>The executions, the latest first: one page, and further ones as long as there are any in them that may still wait for their restart.</summary>
    private async IAsyncEnumerable<JobExecution> ReadAsync(ExecutionFilter filter, TimeSpan longestWait, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var waitsFrom = timeProvider.GetUtcNow() - longestWait - LookBackSlack;
        filter = filter with { Limit = PageSize };
        IReadOnlyList<JobExecution> page;
        do
        {
            page = await repository.ListExecutionsAsync(filter, cancellationToken);
            foreach (var execution in page)
                yield return execution;
            if (page.Count > 0)
                filter = filter with { Before = page[^1].Id };
        }
        while (page.Count == PageSize && page.Any(execution => execution.EndedAt >= waitsFrom));
    }

    private async Task<JobLaunch?> RestartIfDueAsync(JobExecution execution, CancellationToken cancellationToken)
    {
        // An execution that ended changes no more, so what was said of it stays true until it is restarted.
        if (!_verdicts.TryGetValue(execution.Id, out var verdict))
        {
            verdict = await DecideAsync(execution, cancellationToken);
            _verdicts[execution.Id] = verdict;
            if (verdict is RestartVerdict.GiveUp gaveUp)
                logger.GaveUpRestarting(execution.Id.Value, execution.JobName, gaveUp.Reason);
        }

        if (verdict is not RestartVerdict.RestartAt due || due.Instant > timeProvider.GetUtcNow())
            return null;
        var launch = await launcher.RestartAsync(execution.Id, cancellationToken);
        // At a limit the restart stays due: the next look tries again.
        if (launch.Decision is not LaunchDecision.LimitReached)
            _verdicts[execution.Id] = new RestartVerdict.None();
        return launch.Run is null ? null : launch;
    }
}
