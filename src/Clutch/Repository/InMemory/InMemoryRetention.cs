using Clutch.Executions;

namespace Clutch.Repository.InMemory;

/// <summary>Deletes what nobody asks for any more, a whole instance at a time.</summary>
internal sealed class InMemoryRetention(InMemoryTables tables)
{
    public int Purge(DateTimeOffset endedBefore, int maxExecutions)
    {
        var deleted = 0;
        foreach (var executions in EndedInstances(endedBefore))
        {
            if (deleted > 0 && deleted + executions.Count() > maxExecutions)
                break;
            Delete(executions.Key);
            deleted += executions.Count();
        }

        return deleted;
    }

    private List<IGrouping<JobInstanceId, JobExecution>> EndedInstances(DateTimeOffset endedBefore) =>
    [
        .. tables.Executions.Values
            .GroupBy(execution => execution.InstanceId)
            .Where(executions => executions.All(execution => execution.Status.IsFinal && execution.EndedAt < endedBefore)),
    ];

    private void Delete(JobInstanceId instance)
    {
        foreach (var row in tables.StepRows.Values.Where(row => row.Step.InstanceId == instance).ToList())
            tables.StepRows.Remove(row.Step.Id.Value);
        foreach (var execution in tables.Executions.Values.Where(execution => execution.InstanceId == instance).ToList())
            tables.Executions.Remove(execution.Id.Value);
        tables.DeadLetters.RemoveAll(letter => letter.InstanceId == instance);
        tables.Instances.Remove(tables.Instances.First(entry => entry.Value.Id == instance).Key);
    }
}
