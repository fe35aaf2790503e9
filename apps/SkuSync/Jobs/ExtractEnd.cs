using System.Collections.Concurrent;
using Clutch.Executions;
using Clutch.Steps;

namespace SkuSync.Jobs;

/// <summary>Tells the delivery of a sync job that the extract beside it has ended, however it did.</summary>
internal sealed class ExtractEnd : IBatchListener
{
    private readonly ConcurrentDictionary<JobExecutionId, bool> _ended = new();

    public bool HasEnded(JobExecutionId execution) => _ended.ContainsKey(execution);

    public ValueTask AfterStepAsync(StepContext step, StepOutcome outcome, CancellationToken cancellationToken)
    {
        if (step.StepName == ExtractJob.Name)
            _ended[step.JobExecutionId] = true;
        return ValueTask.CompletedTask;
    }

    public ValueTask AfterJobAsync(JobExecution execution, CancellationToken cancellationToken)
    {
        _ended.TryRemove(execution.Id, out _);
        return ValueTask.CompletedTask;
    }
}
