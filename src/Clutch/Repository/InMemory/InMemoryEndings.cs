using Clutch.Executions;

namespace Clutch.Repository.InMemory;

/// <summary>How executions end: by their owner, by an expired lease, by a person who stops or gives them up.</summary>
internal sealed class InMemoryEndings(InMemoryTables tables)
{
    public LeaseAnswer End(JobEnd end)
    {
        if (!tables.Holds(end.Lease, out var execution))
            return LeaseAnswer.Lost;
        End(execution with { Context = end.Context ?? execution.Context, RestartAt = end.RestartAt }, end.Status, end.ExitCode, end.Failure);
        return LeaseAnswer.Held;
    }

    public StopAnswer RequestStop(JobExecutionId id)
    {
        if (!tables.Executions.TryGetValue(id.Value, out var execution))
            return StopAnswer.Unknown;
        if (execution.Status.IsFinal)
            return StopAnswer.NotRunning;
        tables.Executions[id.Value] = execution with { Status = BatchStatus.Stopping };
        return StopAnswer.Requested;
    }

    public AbandonAnswer Abandon(JobExecutionId id)
    {
        if (!tables.Executions.TryGetValue(id.Value, out var execution))
            return AbandonAnswer.Unknown;
        if (tables.LastOf(execution.InstanceId)!.Id != id)
            return AbandonAnswer.Superseded;
        if (execution.Status.IsRunning && execution.LeaseExpiresAt > tables.Now)
            return AbandonAnswer.StillRunning;
        if (execution.Status is BatchStatus.Completed)
            return AbandonAnswer.AlreadyComplete;
        if (execution.Status.IsRunning)
            execution = Expire(execution);
        tables.Executions[id.Value] = execution with { Status = BatchStatus.Abandoned, ExitCode = nameof(BatchStatus.Abandoned) };
        return AbandonAnswer.Abandoned;
    }

    public List<JobExecution> Recover(IReadOnlyCollection<string> deadNodes, IReadOnlyCollection<JobExecutionId> atWork)
    {
        var lost = tables.Executions.Values
            .Where(execution => execution.Status.IsRunning && (IsExpired(execution) || deadNodes.Contains(execution.Node)) && !atWork.Contains(execution.Id))
            .ToList();
        return lost.ConvertAll(Expire);
    }

    // A chunk commit renews only its step's row, so a job lives as long as one of its steps on the same node does.
    public bool IsExpired(JobExecution execution) =>
        execution.LeaseExpiresAt < tables.Now &&
        !tables.StepsOf(execution.Id).Any(row => row.Step.Status.IsRunning && row.Step.Node == execution.Node && row.LeaseExpiresAt >= tables.Now);

    public JobExecution Expire(JobExecution execution)
    {
        var status = execution.Status is BatchStatus.Stopping ? BatchStatus.Stopped : BatchStatus.Failed;
        var failure = new Failure { Type = "LeaseExpired", Message = $"lease expired on node {execution.Node}" };
        return End(execution with { Fence = execution.Fence + 1 }, status, status.ToString(), failure);
    }

    private JobExecution End(JobExecution execution, BatchStatus status, string exitCode, Failure? failure)
    {
        foreach (var row in tables.StepsOf(execution.Id).Where(row => row.Step.Status.IsRunning))
        {
            row.Step = row.Step with
            {
                Status = status is BatchStatus.Completed ? BatchStatus.Stopped : status,
                ExitCode = status.ToString(),
                Fence = row.Step.Fence + 1,
                Failure = failure,
                EndedAt = tables.Now,
            };
        }

        var ended = execution with { Status = status, ExitCode = exitCode, Failure = failure, EndedAt = tables.Now };
        tables.Executions[execution.Id.Value] = ended;
        return ended;
    }
}
