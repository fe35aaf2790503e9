using Clutch.Executions;

namespace Clutch.Repository.InMemory;

/// <summary>What the owner of an execution reports of its steps, and how their leases are prolonged.</summary>
internal sealed class InMemorySteps(InMemoryTables tables)
{
    public StepExecution? Start(StepStart start)
    {
        if (!tables.Holds(start.Lease, out _))
            return null;
        var step = new StepExecution
        {
            Id = new(tables.NextId()),
            JobExecutionId = start.Lease.ExecutionId,
            InstanceId = start.InstanceId,
            StepName = start.StepName,
            Status = BatchStatus.Started,
            StartCount = start.StartCount,
            Checkpoint = start.Checkpoint,
            Fraction = start.Fraction,
            Context = start.Context,
            Node = start.Lease.Node,
            Fence = 1,
            StartedAt = tables.Now,
            UpdatedAt = tables.Now,
        };
        tables.StepRows.Add(step.Id.Value, new(step) { LeaseExpiresAt = tables.Now + start.LeaseDuration });
        return step;
    }

    public LeaseAnswer End(StepEnd end)
    {
        if (!tables.Holds(end.StepExecutionId, end.Fence, out var row))
            return LeaseAnswer.Lost;
        row.Step = row.Step with
        {
            Status = end.Status,
            ExitCode = end.ExitCode,
            Counts = end.Counts,
            Uncommitted = end.Uncommitted,
            Failure = end.Failure,
            Context = end.Context ?? row.Step.Context,
            UpdatedAt = tables.Now,
            EndedAt = tables.Now,
        };
        var execution = tables.Executions[row.Step.JobExecutionId.Value];
        if (end.JobContext is not null)
            tables.Executions[execution.Id.Value] = execution with { Context = end.JobContext };
        return InMemoryTables.AnswerFor(execution);
    }

    public LeaseAnswer Renew(JobLease lease, IReadOnlyCollection<HeldPartition> partitions, TimeSpan duration)
    {
        if (!tables.Holds(lease, out var execution))
            return LeaseAnswer.Lost;
        tables.Executions[lease.ExecutionId.Value] = execution with { LeaseExpiresAt = tables.Now + duration };
        foreach (var row in Running(lease.ExecutionId).Where(row => row.Step.Partition is null ? row.Step.Node == lease.Node : row.IsOneOf(partitions)))
            row.LeaseExpiresAt = tables.Now + duration;
        return InMemoryTables.AnswerFor(execution);
    }

    public LeaseAnswer Renew(JobExecutionId id, IReadOnlyCollection<HeldPartition> partitions, TimeSpan duration)
    {
        if (!tables.Executions.TryGetValue(id.Value, out var execution) || !execution.Status.IsRunning)
            return LeaseAnswer.Lost;
        foreach (var row in Running(id).Where(row => row.IsOneOf(partitions)))
            row.LeaseExpiresAt = tables.Now + duration;
        return InMemoryTables.AnswerFor(execution);
    }

    /// <summary>Ends the lease of an execution at once, as if its owner had been silent for too long.</summary>
    public void ExpireLease(JobExecutionId id)
    {
        tables.Executions[id.Value] = tables.Executions[id.Value] with { LeaseExpiresAt = DateTimeOffset.MinValue };
        foreach (var row in tables.StepsOf(id))
            row.LeaseExpiresAt = DateTimeOffset.MinValue;
    }

    private IEnumerable<StepRow> Running(JobExecutionId execution) => tables.StepsOf(execution).Where(row => row.Step.Status.IsRunning);
}
