using Clutch.Executions;
using Clutch.Steps;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Jobs;

/// <summary>Runs other jobs on behalf of a step.</summary>
internal interface INestedJobRunner
{
    /// <summary>Launches the job, or takes up its failed instance, and waits for its end; an instance that is complete already counts as done.</summary>
    /// <remarks>Where it runs already, that end is waited for first: a job that was stopped meanwhile is left so.</remarks>
    Task<JobExecution> RunAsync(string outerJob, string jobName, IReadOnlyDictionary<string, string> parameters, CancellationToken stopping);
}

/// <summary>A step that runs another job as an execution of its own.</summary>
internal sealed class NestedJobStep(string jobName, Func<StepContext, IReadOnlyDictionary<string, string>>? parameters) : StepDefinition
{
    /// <summary>The job it runs.</summary>
    public string JobName => jobName;

    public override async Task<StepOutcome> RunAsync(StepRun run)
    {
        try
        {
            var values = parameters?.Invoke(run.Context) ?? run.Context.Parameters.All.ToDictionary(entry => entry.Key, entry => entry.Value.Value, StringComparer.Ordinal);
            var execution = await run.Context.Services.GetRequiredService<INestedJobRunner>().RunAsync(run.Context.JobName, jobName, values, run.Stopping);
            return OutcomeOf(execution, run);
        }
        catch (Exception fault)
        {
            return EndFor(fault, run);
        }
    }

    private StepOutcome OutcomeOf(JobExecution execution, StepRun run) => execution.Status switch
    {
        BatchStatus.Completed => StepOutcome.For(BatchStatus.Completed, run.Context) with { ExitCode = execution.ExitCode ?? nameof(BatchStatus.Completed) },
        BatchStatus.Stopped => StepOutcome.For(BatchStatus.Stopped, run.Context),
        _ => EndFor(new InvalidOperationException($"The nested job '{jobName}' ended {execution.Status} (execution {execution.Id}): {execution.Failure?.Message}"), run),
    };
}
