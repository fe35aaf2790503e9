using Clutch.Executions;
using Clutch.Items;
using Clutch.Repository.InMemory;

namespace Clutch.Repository;

/// <summary>A job repository in this process's memory: for tests, and for jobs whose history nobody needs. Nothing outlives the process.</summary>
/// <remarks>Here is its one lock, held for each call: the classes behind it know of none.</remarks>
public sealed class InMemoryJobRepository : IJobRepository, IChunkStore
{
    private readonly Lock _lock = new();
    private readonly InMemoryTables _tables;
    private readonly InMemoryLists _lists;
    private readonly InMemoryLaunches _launches;
    private readonly InMemoryEndings _endings;
    private readonly InMemorySteps _steps;
    private readonly InMemoryPartitions _partitions;
    private readonly InMemoryChunks _chunks;
    private readonly InMemoryRetention _retention;

    /// <summary>An empty repository.</summary>
    /// <param name="timeProvider">The clock that leases follow; the system's for null.</param>
    public InMemoryJobRepository(TimeProvider? timeProvider = null)
    {
        _tables = new(timeProvider ?? TimeProvider.System);
        _lists = new(_tables);
        _endings = new(_tables);
        _launches = new(_tables, _endings);
        _steps = new(_tables);
        _partitions = new(_tables);
        _chunks = new(_tables);
        _retention = new(_tables);
    }

    /// <inheritdoc/>
    public IChunkStore ChunkStore => this;

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> MigrateAsync(CancellationToken cancellationToken) => new([]);

    /// <inheritdoc/>
    public ValueTask<string> ScriptMigrationsAsync(CancellationToken cancellationToken) => new(string.Empty);

    /// <inheritdoc/>
    public ValueTask<LaunchDecision> LaunchAsync(LaunchRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        lock (_lock)
            return new(_launches.Decide(request));
    }

    /// <inheritdoc/>
    public ValueTask<LeaseAnswer> RenewLeaseAsync(JobLease lease, IReadOnlyCollection<HeldPartition> partitions, TimeSpan duration, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(partitions);
        lock (_lock)
            return new(_steps.Renew(lease, partitions, duration));
    }

    /// <inheritdoc/>
    public ValueTask<StepExecution?> StartStepAsync(StepStart start, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(start);
        lock (_lock)
            return new(_steps.Start(start));
    }

    /// <inheritdoc/>
    public ValueTask<LeaseAnswer> EndStepAsync(StepEnd end, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(end);
        lock (_lock)
            return new(_steps.End(end));
    }

    /// <inheritdoc/>
    public ValueTask<LeaseAnswer> EndJobAsync(JobEnd end, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(end);
        lock (_lock)
            return new(_endings.End(end));
    }

    /// <inheritdoc/>
    public ValueTask<bool> CreatePartitionsAsync(PartitionPlan plan, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(plan);
        lock (_lock)
            return new(_partitions.Create(plan));
    }

    /// <inheritdoc/>
    public ValueTask<StepExecution?> ClaimPartitionAsync(PartitionClaim claim, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(claim);
        lock (_lock)
            return new(_partitions.Claim(claim));
    }

    /// <inheritdoc/>
    public ValueTask<LeaseAnswer> RenewPartitionsAsync(JobExecutionId execution, IReadOnlyCollection<HeldPartition> partitions, TimeSpan duration, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(partitions);
        lock (_lock)
            return new(_steps.Renew(execution, partitions, duration));
    }

    /// <inheritdoc/>
    public ValueTask ReleasePartitionAsync(StepExecutionId partition, long fence, CancellationToken cancellationToken)
    {
        lock (_lock)
            _partitions.Release(partition, fence);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<PartitionStand> WatchPartitionsAsync(JobExecutionId execution, string stepName, CancellationToken cancellationToken)
    {
        lock (_lock)
            return new(_partitions.Watch(execution, stepName));
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StepHistory>> ListStepHistoryAsync(JobInstanceId instance, CancellationToken cancellationToken)
    {
        lock (_lock)
            return new(_lists.HistoryOf(instance));
    }

    /// <inheritdoc/>
    public ValueTask<StopAnswer> RequestStopAsync(JobExecutionId execution, CancellationToken cancellationToken)
    {
        lock (_lock)
            return new(_endings.RequestStop(execution));
    }

    /// <inheritdoc/>
    public ValueTask<AbandonAnswer> AbandonAsync(JobExecutionId execution, CancellationToken cancellationToken)
    {
        lock (_lock)
            return new(_endings.Abandon(execution));
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobExecution>> RecoverAsync(
        IReadOnlyCollection<string> deadNodes, IReadOnlyCollection<JobExecutionId> atWork, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(deadNodes);
        ArgumentNullException.ThrowIfNull(atWork);
        lock (_lock)
            return new(_endings.Recover(deadNodes, atWork));
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> ListActiveNodesAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
            return new(_lists.ActiveNodes());
    }

    /// <inheritdoc/>
    public ValueTask<JobExecution?> FindExecutionAsync(JobExecutionId id, CancellationToken cancellationToken)
    {
        lock (_lock)
            return new(_tables.Executions.GetValueOrDefault(id.Value));
    }

    /// <inheritdoc/>
    public ValueTask<JobExecution?> FindLastExecutionAsync(string jobName, string instanceKey, CancellationToken cancellationToken)
    {
        lock (_lock)
            return new(_lists.FindLastExecution(jobName, instanceKey));
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobExecution>> ListExecutionsAsync(ExecutionFilter filter, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);
        lock (_lock)
            return new(_lists.Executions(filter));
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StepExecution>> ListStepsAsync(JobExecutionId execution, CancellationToken cancellationToken)
    {
        lock (_lock)
            return new(_lists.StepsOf(execution));
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<DeadLetter>> ListDeadLettersAsync(DeadLetterFilter filter, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);
        lock (_lock)
            return new(_lists.DeadLetters(filter));
    }

    /// <inheritdoc/>
    public ValueTask MarkRedrivenAsync(IReadOnlyCollection<long> deadLetters, IChunkTransaction transaction, CancellationToken cancellationToken)
    {
        if (transaction is not InMemoryChunk chunk)
            throw new ArgumentException("The transaction belongs to another store: mark dead letters in the transaction of this repository's chunk.", nameof(transaction));
        chunk.StageRedriven(deadLetters);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    /// <remarks>One process has one count of its own; here nobody waits.</remarks>
    public ValueTask<long> CountSkipsAsync(JobInstanceId instance, string stepName, IChunkTransaction transaction, CancellationToken cancellationToken)
    {
        lock (_lock)
            return new(_lists.CountSkips(instance, stepName));
    }

    /// <inheritdoc/>
    public ValueTask<int> PurgeAsync(DateTimeOffset endedBefore, int maxExecutions, CancellationToken cancellationToken)
    {
        lock (_lock)
            return new(_retention.Purge(endedBefore, maxExecutions));
    }

    /// <inheritdoc/>
    public bool IsTransient(Exception fault) => false;

    /// <inheritdoc/>
    ValueTask<IChunkSession> IChunkStore.OpenAsync(StepExecution step, bool isResumed, CancellationToken cancellationToken) => new(new InMemorySession(this, step.Id));

    /// <summary>Writes a chunk as a whole, or answers that another owns the step by now.</summary>
    internal LeaseAnswer Commit(ChunkCommit commit, InMemoryChunk chunk)
    {
        lock (_lock)
            return _chunks.Commit(commit, chunk);
    }

    /// <summary>Whether the step has committed as many chunks as this commit would make it.</summary>
    internal bool HasCommitted(StepExecutionId step, ChunkCommit commit)
    {
        lock (_lock)
            return _chunks.HasCommitted(step, commit);
    }

    /// <summary>Ends the lease of an execution at once, as if its owner had been silent for too long. For tests.</summary>
    internal void ExpireLease(JobExecutionId id)
    {
        lock (_lock)
            _steps.ExpireLease(id);
    }
}
