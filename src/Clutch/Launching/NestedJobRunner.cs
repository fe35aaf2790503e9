using Clutch.Executions;
using Clutch.Jobs;
using Clutch.Repository;

namespace Clutch.Launching;

/// <summary>Launches jobs on behalf of a step of another job.</summary>
internal sealed class NestedJobRunner(JobLauncher launcher, JobCatalog catalog, IJobRepository repository, TimeProvider timeProvider) : INestedJobRunner
{
    // Seldom waited for, and then for minutes: a look a second costs one small read.
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    public async Task<JobExecution> RunAsync(string outerJob, string jobName, IReadOnlyDictionary<string, string> parameters, CancellationToken stopping)
    {
        while (true)
        {
            var launch = await launcher.LaunchNestedAsync(jobName, parameters, stopping);
            if (launch.Run is { } run)
                return await EndOfAsync(run, stopping);
            if (launch.Decision is not LaunchDecision.AlreadyRunning { Execution: var running } || WaitsFor(jobName, outerJob))
                return Refused(launch.Decision, jobName);
            // Somebody restarted it by itself, and its end is what the step is about. A stop of it holds here, too.
            if (await EndOfAsync(running, stopping) is { Status: BatchStatus.Stopped } stopped)
                return stopped;
        }
    }

    private static async Task<JobExecution> EndOfAsync(JobRun run, CancellationToken stopping)
    {
        await using var registration = stopping.Register(run.RequestStop);
        return await run.Completion;
    }

    private async Task<JobExecution?> EndOfAsync(JobExecution running, CancellationToken stopping)
    {
        JobExecution? known;
        do
        {
            await Task.Delay(Poll, timeProvider, stopping);
            known = await repository.FindExecutionAsync(running.Id, stopping);
        }
        // What a dead owner left is ended by the next launch.
        while (known is { Status.IsRunning: true } && known.LeaseExpiresAt > timeProvider.GetUtcNow());
        return known;
    }

    /// <summary>Whether the job runs the other one itself, perhaps through further jobs: the two would wait for each other for ever.</summary>
    private bool WaitsFor(string jobName, string other)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>([jobName]);
        while (open.TryPop(out var name))
        {
            if (name == other)
                return true;
            if (!seen.Add(name))
                continue;
            foreach (var nested in catalog.Find(name)?.Flow.AllSteps().OfType<NestedJobStep>() ?? [])
                open.Push(nested.JobName);
        }

        return false;
    }

    private static JobExecution Refused(LaunchDecision decision, string jobName) => decision switch
    {
        LaunchDecision.AlreadyComplete complete => complete.Execution,
        LaunchDecision.AlreadyRunning running => throw new InvalidOperationException(
            $"The nested job '{jobName}' runs already, as execution {running.Execution.Id} on node '{running.Execution.Node}', and runs this job itself. Restart this job when that has ended."),
        LaunchDecision.LimitReached limit => throw new InvalidOperationException(
            $"The nested job '{jobName}' cannot start now: {limit.MaxRunning} executions of it run already, and no more are allowed. Restart this job when one has ended."),
        _ => throw new InvalidOperationException($"The nested job '{jobName}' was abandoned with these parameters. Launch this job with others."),
    };
}
