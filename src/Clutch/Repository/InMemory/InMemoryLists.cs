using Clutch.Executions;
using Clutch.Items;

namespace Clutch.Repository.InMemory;

/// <summary>What is asked of the repository and changes nothing. Answers are copies: they outlive the lock.</summary>
internal sealed class InMemoryLists(InMemoryTables tables)
{
    public JobExecution? FindLastExecution(string jobName, string instanceKey) =>
        tables.Instances.TryGetValue((jobName, instanceKey), out var instance) ? tables.LastOf(instance.Id) : null;

    public List<JobExecution> Executions(ExecutionFilter filter) =>
    [
        .. tables.Executions.Values.Reverse()
            .Where(execution => filter.JobName is null || execution.JobName == filter.JobName)
            .Where(execution => filter.Status is null || execution.Status == filter.Status)
            .Where(execution => filter.InstanceId is null || execution.InstanceId == filter.InstanceId)
            .Where(execution => filter.StartedFrom is null || execution.StartedAt >= filter.StartedFrom)
            .Where(execution => filter.StartedBefore is null || execution.StartedAt < filter.StartedBefore)
            .Where(execution => filter.Before is null || execution.Id.Value < filter.Before.Value.Value)
            .Take(filter.Limit),
    ];

    public List<StepExecution> StepsOf(JobExecutionId execution) => [.. tables.StepsOf(execution).Select(row => row.Step)];

    public List<StepHistory> HistoryOf(JobInstanceId instance) =>
    [
        .. tables.StepRows.Values.Select(row => row.Step)
            .Where(step => step.InstanceId == instance)
            .GroupBy(step => step.StepName)
            .SelectMany(SinceCompleted)
            .GroupBy(step => (step.StepName, step.Partition))
            .Select(group => new StepHistory(
                group.Last(),
                group.Aggregate(default(StepCounts), (sum, step) => sum + step.Counts.Minus(step.Uncommitted)))),
    ];

    // The step's own row keeps the sums over its partitions, which must not count twice.
    public long CountSkips(JobInstanceId instance, string stepName) =>
        SinceCompleted(tables.StepRows.Values.Select(row => row.Step).Where(step => step.InstanceId == instance && step.StepName == stepName))
            .Where(step => step.Partition is not null)
            .Sum(step => step.Counts.Minus(step.Uncommitted).Skipped);

    public List<string> ActiveNodes()
    {
        var owners = tables.Executions.Values.Where(execution => execution.Status.IsRunning).Select(execution => execution.Node);
        var workers = tables.StepRows.Values.Where(row => row.Step.Status is BatchStatus.Started && row.Step.Node is not null).Select(row => row.Step.Node!);
        return [.. owners.Concat(workers).Distinct(StringComparer.Ordinal)];
    }

    public List<DeadLetter> DeadLetters(DeadLetterFilter filter) =>
    [
        .. tables.DeadLetters
            .Where(letter => filter.InstanceId is null || letter.InstanceId == filter.InstanceId)
            .Where(letter => filter.JobName is null || tables.Instances.Values.Any(instance => instance.Id == letter.InstanceId && instance.JobName == filter.JobName))
            .Where(letter => filter.StepName is null || letter.StepName == filter.StepName)
            .Where(letter => filter.Status is null || letter.Status == filter.Status)
            .Where(letter => letter.Id > filter.After)
            .Take(filter.Limit),
    ];

    /// <summary>A step that runs again after it has completed begins anew: its executions, and its partitions', without those before.</summary>
    private static IEnumerable<StepExecution> SinceCompleted(IEnumerable<StepExecution> executions)
    {
        var all = executions.ToList();
        var whole = all.FindAll(step => step.Partition is null);
        var completed = whole.SkipLast(1).LastOrDefault(step => step.Status is BatchStatus.Completed);
        var begun = completed is null ? null : whole.Find(step => step.Id.Value > completed.Id.Value);
        return begun is null ? all : all.Where(step => step.Id.Value >= begun.Id.Value);
    }
}
