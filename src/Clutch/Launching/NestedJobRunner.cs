using Clutch.Executions;
using Clutch.Jobs;
using Clutch.Repository;

namespace Clutch.Launching;

/// <summary>Launches jobs on behalf of a step of another job.</summary>
internal sealed class NestedJobRunner(JobLauncher launcher) : INestedJobRunner
{
    public async Task<JobExecution> RunAsync(string jobName, IReadOnlyDictionary<string, string> parameters, CancellationToken stopping)
    {
        var launch = await launcher.LaunchNestedAsync(jobName, parameters, stopping);
        if (launch.Run is null)
            return Refused(launch.Decision, jobName);
        await using var registration = stopping.Register(launch.Run.RequestStop);
        return await launch.Run.Completion;
    }

    private static JobExecution Refused(LaunchDecision decision, string jobName) => decision switch
    {
        LaunchDecision.AlreadyComplete complete => complete.Execution,
        LaunchDecision.AlreadyRunning running => throw new InvalidOperationException(
            $"The nested job '{jobName}' runs already, as execution {running.Execution.Id} on node '{running.Execution.Node}'. Restart this job when that has ended."),
        LaunchDecision.LimitReached limit => throw new InvalidOperationException(
            $"The nested job '{jobName}' cannot start now: {limit.MaxRunning} executions of it run already, and no more are allowed. Restart this job when one has ended."),
        _ => throw new InvalidOperationException($"The nested job '{jobName}' was abandoned with these parameters. Launch this job with others."),
    };
}
