using Clutch.Executions;
using Clutch.Items;

namespace Clutch.Repository;

/// <summary>The calls of a running execution, tried again while the database is away: a restart of the database must not fail a job.</summary>
internal sealed class ResilientJobRepository
{
    private readonly IJobRepository _inner;
    private readonly Retry _retry;

    public ResilientJobRepository(IJobRepository inner, RetryOptions retry, TimeProvider timeProvider)
    {
        _inner = inner;
        _retry = new(retry, timeProvider, IsTransient);
    }

    public IJobRepository Inner => _inner;

    public ValueTask<StepExecution?> StartStepAsync(StepStart start, CancellationToken cancellationToken) =>
        _retry.ExecuteAsync(token => _inner.StartStepAsync(start, token), cancellationToken);

    public ValueTask<bool> CreatePartitionsAsync(PartitionPlan plan, CancellationToken cancellationToken) =>
        _retry.ExecuteAsync(token => _inner.CreatePartitionsAsync(plan, token), cancellationToken);

    public ValueTask<StepExecution?> ClaimPartitionAsync(PartitionClaim claim, CancellationToken cancellationToken) =>
        _retry.ExecuteAsync(token => _inner.ClaimPartitionAsync(claim, token), cancellationToken);

    public ValueTask ReleasePartitionAsync(StepExecutionId partition, long fence, CancellationToken cancellationToken) =>
        _retry.ExecuteAsync(token => _inner.ReleasePartitionAsync(partition, fence, token), cancellationToken);

    public ValueTask<PartitionStand> WatchPartitionsAsync(JobExecutionId execution, string stepName, CancellationToken cancellationToken) =>
        _retry.ExecuteAsync(token => _inner.WatchPartitionsAsync(execution, stepName, token), cancellationToken);

    public ValueTask<JobExecution?> FindExecutionAsync(JobExecutionId id, CancellationToken cancellationToken) =>
        _retry.ExecuteAsync(token => _inner.FindExecutionAsync(id, token), cancellationToken);

    public ValueTask<IReadOnlyList<JobExecution>> ListExecutionsAsync(ExecutionFilter filter, CancellationToken cancellationToken) =>
        _retry.ExecuteAsync(token => _inner.ListExecutionsAsync(filter, token), cancellationToken);

    public ValueTask<IReadOnlyList<StepExecution>> ListStepsAsync(JobExecutionId execution, CancellationToken cancellationToken) =>
        _retry.ExecuteAsync(token => _inner.ListStepsAsync(execution, token), cancellationToken);

    public ValueTask<IReadOnlyList<StepHistory>> ListStepHistoryAsync(JobInstanceId instance, CancellationToken cancellationToken) =>
        _retry.ExecuteAsync(token => _inner.ListStepHistoryAsync(instance, token), cancellationToken);

    public ValueTask<LeaseAnswer> EndStepAsync(StepEnd end, JobExecutionId execution, CancellationToken cancellationToken)
    {
        var isRepeated = false;
        return _retry.ExecuteAsync(
            async token =>
            {
                var wasRepeated = isRepeated;
                isRepeated = true;
                var answer = await _inner.EndStepAsync(end, token);
                return answer is LeaseAnswer.Lost && wasRepeated && await HasEndedAsync(end, execution, token) ? LeaseAnswer.Held : answer;
            },
            cancellationToken);
    }

    public ValueTask<LeaseAnswer> EndJobAsync(JobEnd end, CancellationToken cancellationToken)
    {
        var isRepeated = false;
        return _retry.ExecuteAsync(
            async token =>
            {
                var wasRepeated = isRepeated;
                isRepeated = true;
                var answer = await _inner.EndJobAsync(end, token);
                return answer is LeaseAnswer.Lost && wasRepeated && await HasEndedAsync(end, token) ? LeaseAnswer.Held : answer;
            },
            cancellationToken);
    }

    private bool IsTransient(Exception fault) => fault is TimeoutException || _inner.ChunkStore.IsTransient(fault) || (fault.InnerException is { } inner && IsTransient(inner));

    // The first try may have come through although its answer was lost: then the second finds the end recorded, with our own fence.
    private async ValueTask<bool> HasEndedAsync(StepEnd end, JobExecutionId execution, CancellationToken cancellationToken)
    {
        var steps = await _inner.ListStepsAsync(execution, cancellationToken);
        return steps.Any(step => step.Id == end.StepExecutionId && step.Fence == end.Fence && step.Status == end.Status);
    }

    private async ValueTask<bool> HasEndedAsync(JobEnd end, CancellationToken cancellationToken)
    {
        var execution = await _inner.FindExecutionAsync(end.Lease.ExecutionId, cancellationToken);
        return execution is not null && execution.Fence == end.Lease.Fence && execution.Status == end.Status;
    }
}
