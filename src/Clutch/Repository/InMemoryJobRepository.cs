using Clutch.Executions;
using Clutch.Items;

namespace Clutch.Repository;

/// <summary>A job repository in this process's memory: for tests, and for jobs whose history nobody needs. Nothing outlives the process.</summary>
public sealed class InMemoryJobRepository : IJobRepository, IChunkStore
{
    private const int MaxLost = 3;
    private static readonly Failure Quarantined = new() { Type = "Quarantined", Message = "three nodes in a row died with it before a chunk was committed" };
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Job, string Key), JobInstance> _instances = [];
    private readonly SortedDictionary<long, JobExecution> _executions = [];
    private readonly SortedDictionary<long, StepRow> _steps = [];
    private readonly List<DeadLetter> _deadLetters = [];
    private long _lastId;

    /// <summary>An empty repository.</summary>
    /// <param name="timeProvider">The clock that leases follow; the system's for null.</param>
    public InMemoryJobRepository(TimeProvider? timeProvider = null) => _time = timeProvider ?? TimeProvider.System;

    /// <inheritdoc/>
    public IChunkStore ChunkStore => this;

    private DateTimeOffset Now => _time.GetUtcNow();

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> MigrateAsync(CancellationToken cancellationToken) => new([]);

    /// <inheritdoc/>
    public ValueTask<string> ScriptMigrationsAsync(CancellationToken cancellationToken) => new(string.Empty);

    /// <inheritdoc/>
    public ValueTask<LaunchDecision> LaunchAsync(LaunchRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        lock (_lock)
            return new(Decide(request));
    }

    /// <inheritdoc/>
    public ValueTask<LeaseAnswer> RenewLeaseAsync(JobLease lease, IReadOnlyCollection<HeldPartition> partitions, TimeSpan duration, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(partitions);
        lock (_lock)
        {
            if (!Holds(lease, out var execution))
                return new(LeaseAnswer.Lost);
            _executions[lease.ExecutionId.Value] = execution with { LeaseExpiresAt = Now + duration };
            foreach (var row in StepsOf(lease.ExecutionId).Where(row => row.Step.Status.IsRunning && (row.Step.Partition is null ? row.Step.Node == lease.Node : IsHeld(row, partitions))))
                row.LeaseExpiresAt = Now + duration;
            return new(AnswerFor(execution));
        }
    }

    /// <inheritdoc/>
    public ValueTask<StepExecution?> StartStepAsync(StepStart start, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(start);
        lock (_lock)
        {
            if (!Holds(start.Lease, out _))
                return new((StepExecution?)null);
            var step = new StepExecution
            {
                Id = new(++_lastId),
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
                StartedAt = Now,
                UpdatedAt = Now,
            };
            _steps.Add(step.Id.Value, new(step) { LeaseExpiresAt = Now + start.LeaseDuration });
            return new(step);
        }
    }

    /// <inheritdoc/>
    public ValueTask<LeaseAnswer> EndStepAsync(StepEnd end, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(end);
        lock (_lock)
        {
            if (!Holds(end.StepExecutionId, end.Fence, out var row))
                return new(LeaseAnswer.Lost);
            row.Step = row.Step with
            {
                Status = end.Status,
                ExitCode = end.ExitCode,
                Counts = end.Counts,
                Uncommitted = end.Uncommitted,
                Failure = end.Failure,
                Context = end.Context ?? row.Step.Context,
                UpdatedAt = Now,
                EndedAt = Now,
            };
            var execution = _executions[row.Step.JobExecutionId.Value];
            if (end.JobContext is not null)
                _executions[execution.Id.Value] = execution with { Context = end.JobContext };
            return new(AnswerFor(execution));
        }
    }

    /// <inheritdoc/>
    public ValueTask<LeaseAnswer> EndJobAsync(JobEnd end, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(end);
        lock (_lock)
        {
            if (!Holds(end.Lease, out var execution))
                return new(LeaseAnswer.Lost);
            End(execution with { Context = end.Context ?? execution.Context, RestartAt = end.RestartAt }, end.Status, end.ExitCode, end.Failure);
            return new(LeaseAnswer.Held);
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> CreatePartitionsAsync(PartitionPlan plan, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(plan);
        lock (_lock)
        {
            if (!Holds(plan.Lease, out _))
                return new(false);
            foreach (var partition in plan.Partitions)
                Add(plan, partition);
            return new(true);
        }
    }

    /// <inheritdoc/>
    public ValueTask<StepExecution?> ClaimPartitionAsync(PartitionClaim claim, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(claim);
        lock (_lock)
        {
            var row = _executions.TryGetValue(claim.JobExecutionId.Value, out var execution) && execution.Status is BatchStatus.Started
                ? StepsOf(claim.JobExecutionId).FirstOrDefault(row => IsClaimable(row, claim))
                : null;
            if (row is null)
                return new((StepExecution?)null);
            row.LostCount += row.Step.Status is BatchStatus.Started ? 1 : 0;
            row.Step = row.Step with
            {
                Status = BatchStatus.Started,
                Node = claim.Node,
                Fence = row.Step.Fence + 1,
                StartedAt = row.Step.StartedAt ?? Now,
                UpdatedAt = Now,
            };
            row.LeaseExpiresAt = Now + claim.LeaseDuration;
            return new(row.Step);
        }
    }

    /// <inheritdoc/>
    public ValueTask<LeaseAnswer> RenewPartitionsAsync(JobExecutionId execution, IReadOnlyCollection<HeldPartition> partitions, TimeSpan duration, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(partitions);
        lock (_lock)
        {
            if (!_executions.TryGetValue(execution.Value, out var job) || !job.Status.IsRunning)
                return new(LeaseAnswer.Lost);
            foreach (var row in StepsOf(execution).Where(row => row.Step.Status.IsRunning && IsHeld(row, partitions)))
                row.LeaseExpiresAt = Now + duration;
            return new(AnswerFor(job));
        }
    }

    /// <inheritdoc/>
    public ValueTask ReleasePartitionAsync(StepExecutionId partition, long fence, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (Holds(partition, fence, out var row))
                row.Step = row.Step with { Status = BatchStatus.Starting, Node = null, Fence = fence + 1, UpdatedAt = Now };
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<PartitionStand> WatchPartitionsAsync(JobExecutionId execution, string stepName, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var partitions = StepsOf(execution).Where(row => row.Step.StepName == stepName && row.Step.Partition is not null).ToList();
            foreach (var row in partitions.Where(row => row.Step.Status is BatchStatus.Started && row.LeaseExpiresAt < Now && row.LostCount >= MaxLost - 1))
                row.Step = row.Step with { Status = BatchStatus.Failed, ExitCode = nameof(BatchStatus.Failed), Fence = row.Step.Fence + 1, Failure = Quarantined, EndedAt = Now };
            return new(new PartitionStand(
                partitions.Count(row => row.Step.Status is BatchStatus.Starting), partitions.Count(row => row.Step.Status is BatchStatus.Started or BatchStatus.Stopping)));
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StepHistory>> ListStepHistoryAsync(JobInstanceId instance, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return new(_steps.Values.Select(row => row.Step)
                .Where(step => step.InstanceId == instance)
                .GroupBy(step => (step.StepName, step.Partition))
                .Select(group => new StepHistory(
                    group.Last(),
                    group.Aggregate(default(StepCounts), (sum, step) => sum + step.Counts.Minus(step.Uncommitted))))
                .ToList());
        }
    }

    /// <inheritdoc/>
    public ValueTask<StopAnswer> RequestStopAsync(JobExecutionId execution, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_executions.TryGetValue(execution.Value, out var known))
                return new(StopAnswer.Unknown);
            if (known.Status.IsFinal)
                return new(StopAnswer.NotRunning);
            _executions[execution.Value] = known with { Status = BatchStatus.Stopping };
            return new(StopAnswer.Requested);
        }
    }

    /// <inheritdoc/>
    public ValueTask<AbandonAnswer> AbandonAsync(JobExecutionId execution, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_executions.TryGetValue(execution.Value, out var known))
                return new(AbandonAnswer.Unknown);
            if (known.Status.IsRunning && known.LeaseExpiresAt > Now)
                return new(AbandonAnswer.StillRunning);
            if (known.Status is BatchStatus.Completed)
                return new(AbandonAnswer.AlreadyComplete);
            if (known.Status.IsRunning)
                known = Expire(known);
            _executions[execution.Value] = known with { Status = BatchStatus.Abandoned, ExitCode = nameof(BatchStatus.Abandoned) };
            return new(AbandonAnswer.Abandoned);
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobExecution>> RecoverAsync(IReadOnlyCollection<string> deadNodes, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(deadNodes);
        lock (_lock)
        {
            var expired = _executions.Values.Where(execution => execution.Status.IsRunning && (IsExpired(execution) || deadNodes.Contains(execution.Node))).ToList();
            return new(expired.ConvertAll(Expire));
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> ListActiveNodesAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var nodes = _executions.Values.Where(execution => execution.Status.IsRunning).Select(execution => execution.Node);
            var workers = _steps.Values.Where(row => row.Step.Status is BatchStatus.Started && row.Step.Node is not null).Select(row => row.Step.Node!);
            return new(nodes.Concat(workers).Distinct(StringComparer.Ordinal).ToList());
        }
    }

    /// <inheritdoc/>
    public ValueTask<JobExecution?> FindExecutionAsync(JobExecutionId id, CancellationToken cancellationToken)
    {
        lock (_lock)
            return new(_executions.GetValueOrDefault(id.Value));
    }

    /// <inheritdoc/>
    public ValueTask<JobExecution?> FindLastExecutionAsync(string jobName, string instanceKey, CancellationToken cancellationToken)
    {
        lock (_lock)
            return new(_instances.TryGetValue((jobName, instanceKey), out var instance) ? LastOf(instance.Id) : null);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobExecution>> ListExecutionsAsync(ExecutionFilter filter, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);
        lock (_lock)
        {
            return new(_executions.Values.Reverse()
                .Where(execution => filter.JobName is null || execution.JobName == filter.JobName)
                .Where(execution => filter.Status is null || execution.Status == filter.Status)
                .Where(execution => filter.InstanceId is null || execution.InstanceId == filter.InstanceId)
                .Where(execution => filter.StartedFrom is null || execution.StartedAt >= filter.StartedFrom)
                .Where(execution => filter.StartedBefore is null || execution.StartedAt < filter.StartedBefore)
                .Where(execution => filter.Before is null || execution.Id.Value < filter.Before.Value.Value)
                .Take(filter.Limit).ToList());
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StepExecution>> ListStepsAsync(JobExecutionId execution, CancellationToken cancellationToken)
    {
        lock (_lock)
            return new(StepsOf(execution).Select(row => row.Step).ToList());
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<DeadLetter>> ListDeadLettersAsync(DeadLetterFilter filter, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(filter);
        lock (_lock)
        {
            return new(_deadLetters
                .Where(letter => filter.InstanceId is null || letter.InstanceId == filter.InstanceId)
                .Where(letter => filter.JobName is null || _instances.Values.Any(instance => instance.Id == letter.InstanceId && instance.JobName == filter.JobName))
                .Where(letter => filter.StepName is null || letter.StepName == filter.StepName)
                .Where(letter => filter.Status is null || letter.Status == filter.Status)
                .Where(letter => letter.Id > filter.After)
                .Take(filter.Limit).ToList());
        }
    }

    /// <inheritdoc/>
    public ValueTask MarkRedrivenAsync(IReadOnlyCollection<long> deadLetters, IChunkTransaction transaction, CancellationToken cancellationToken)
    {
        if (transaction is not InMemoryChunk chunk)
            throw new ArgumentException("The transaction belongs to another store: mark dead letters in the transaction of this repository's chunk.", nameof(transaction));
        var ids = deadLetters.ToHashSet();
        chunk.Stage(() =>
        {
            for (var i = 0; i < _deadLetters.Count; i++)
            {
                if (ids.Contains(_deadLetters[i].Id))
                    _deadLetters[i] = _deadLetters[i] with { Status = DeadLetterStatus.Redriven };
            }
        });
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    /// <remarks>One process has one count of its own; here nobody waits.</remarks>
    public ValueTask<long> CountSkipsAsync(JobInstanceId instance, string stepName, IChunkTransaction transaction, CancellationToken cancellationToken)
    {
        lock (_lock)
            return new(_steps.Values.Select(row => row.Step).Where(step => step.InstanceId == instance && step.StepName == stepName).Sum(step => step.Counts.Minus(step.Uncommitted).Skipped));
    }

    /// <inheritdoc/>
    public ValueTask<int> PurgeAsync(DateTimeOffset endedBefore, int maxExecutions, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var deleted = 0;
            foreach (var executions in EndedInstances(endedBefore))
            {
                if (deleted > 0 && deleted + executions.Count() > maxExecutions)
                    break;
                Delete(executions.Key);
                deleted += executions.Count();
            }

            return new(deleted);
        }
    }

    /// <inheritdoc/>
    public bool IsTransient(Exception fault) => false;

    /// <inheritdoc/>
    ValueTask<IChunkSession> IChunkStore.OpenAsync(StepExecution step, CancellationToken cancellationToken) => new(new Session(this, step.Id));

    /// <summary>Ends the lease of an execution at once, as if its owner had been silent for too long. For tests.</summary>
    internal void ExpireLease(JobExecutionId id)
    {
        lock (_lock)
        {
            _executions[id.Value] = _executions[id.Value] with { LeaseExpiresAt = DateTimeOffset.MinValue };
            foreach (var row in StepsOf(id))
                row.LeaseExpiresAt = DateTimeOffset.MinValue;
        }
    }

    private static LeaseAnswer AnswerFor(JobExecution execution) =>
        execution.Status is BatchStatus.Stopping ? LeaseAnswer.HeldStopRequested : LeaseAnswer.Held;

    private LaunchDecision Decide(LaunchRequest request)
    {
        if (request.RestartOf is { } restarted && !_executions.ContainsKey(restarted.Value))
            return new LaunchDecision.Unknown(restarted);
        var instance = GetOrAddInstance(request);
        var last = LastOf(instance.Id);
        if (last is { Status.IsRunning: true } && IsExpired(last))
            last = Expire(last);
        return last switch
        {
            { Status.IsRunning: true } => new LaunchDecision.AlreadyRunning(last),
            { Status: BatchStatus.Completed } => new LaunchDecision.AlreadyComplete(last),
            { Status: BatchStatus.Abandoned } => new LaunchDecision.Abandoned(last),
            not null when request.RestartOf is { } id && id != last.Id => new LaunchDecision.Superseded(last),
            _ when request.MaxRunning <= _executions.Values.Count(other => other.JobName == request.JobName && other.Status.IsRunning) =>
                new LaunchDecision.LimitReached(LaunchLimit.Job, request.MaxRunning.Value),
            _ => new LaunchDecision.Launched(Create(request, instance, last), last),
        };
    }

    private JobInstance GetOrAddInstance(LaunchRequest request)
    {
        var key = (request.JobName, request.Parameters.IdentityKey);
        if (!_instances.TryGetValue(key, out var instance))
        {
            instance = new() { Id = new(++_lastId), JobName = key.JobName, Key = key.IdentityKey, CreatedAt = Now };
            _instances.Add(key, instance);
        }

        return instance;
    }

    private JobExecution Create(LaunchRequest request, JobInstance instance, JobExecution? last)
    {
        var execution = new JobExecution
        {
            Id = new(++_lastId),
            InstanceId = instance.Id,
            JobName = request.JobName,
            Attempt = (last?.Attempt ?? 0) + 1,
            Status = BatchStatus.Started,
            Parameters = request.Parameters,
            Node = request.Node,
            Fence = 1,
            LeaseExpiresAt = Now + request.LeaseDuration,
            StartedAt = Now,
            Context = last?.Context,
            RestartAt = last?.RestartAt,
        };
        _executions.Add(execution.Id.Value, execution);
        return execution;
    }

    private void Add(PartitionPlan plan, PlannedPartition partition)
    {
        var step = new StepExecution
        {
            Id = new(++_lastId),
            JobExecutionId = plan.Lease.ExecutionId,
            InstanceId = plan.InstanceId,
            StepName = plan.StepName,
            Partition = partition.Name,
            PartitionData = partition.Data,
            Status = BatchStatus.Starting,
            StartCount = partition.StartCount,
            Checkpoint = partition.Checkpoint,
            Context = partition.Context,
            Fence = 0,
        };
        _steps.Add(step.Id.Value, new(step));
    }

    private JobExecution? LastOf(JobInstanceId instance) => _executions.Values.LastOrDefault(execution => execution.InstanceId == instance);

    private IEnumerable<StepRow> StepsOf(JobExecutionId execution) => _steps.Values.Where(row => row.Step.JobExecutionId == execution);

    private static bool IsHeld(StepRow row, IReadOnlyCollection<HeldPartition> partitions) => partitions.Contains(new(row.Step.Id, row.Step.Fence));

    private bool IsClaimable(StepRow row, PartitionClaim claim) =>
        row.Step.StepName == claim.StepName && row.Step.Partition is not null &&
        ((claim.Choice is PartitionChoice.Any && row.Step.Status is BatchStatus.Starting) || (row.Step.Status is BatchStatus.Started && row.LeaseExpiresAt < Now && row.LostCount < MaxLost - 1));

    private bool Holds(JobLease lease, out JobExecution execution) =>
        _executions.TryGetValue(lease.ExecutionId.Value, out execution!) && execution.Status.IsRunning && execution.Fence == lease.Fence;

    private bool Holds(StepExecutionId id, long fence, out StepRow row) =>
        _steps.TryGetValue(id.Value, out row!) && row.IsHeld(fence);

    // A chunk commit renews only its step's row, so a job lives as long as one of its steps on the same node does.
    private bool IsExpired(JobExecution execution) =>
        execution.LeaseExpiresAt < Now &&
        !StepsOf(execution.Id).Any(row => row.Step.Status.IsRunning && row.Step.Node == execution.Node && row.LeaseExpiresAt >= Now);

    private JobExecution Expire(JobExecution execution)
    {
        var status = execution.Status is BatchStatus.Stopping ? BatchStatus.Stopped : BatchStatus.Failed;
        var failure = new Failure { Type = "LeaseExpired", Message = $"lease expired on node {execution.Node}" };
        return End(execution with { Fence = execution.Fence + 1 }, status, status.ToString(), failure);
    }

    private JobExecution End(JobExecution execution, BatchStatus status, string exitCode, Failure? failure)
    {
        foreach (var row in StepsOf(execution.Id).Where(row => row.Step.Status.IsRunning))
        {
            row.Step = row.Step with
            {
                Status = status is BatchStatus.Completed ? BatchStatus.Stopped : status,
                ExitCode = status.ToString(),
                Fence = row.Step.Fence + 1,
                Failure = failure,
                EndedAt = Now,
            };
        }

        var ended = execution with { Status = status, ExitCode = exitCode, Failure = failure, EndedAt = Now };
        _executions[execution.Id.Value] = ended;
        return ended;
    }

    private List<IGrouping<JobInstanceId, JobExecution>> EndedInstances(DateTimeOffset endedBefore) =>
    [
        .. _executions.Values
            .GroupBy(execution => execution.InstanceId)
            .Where(executions => executions.All(execution => execution.Status.IsFinal && execution.EndedAt < endedBefore)),
    ];

    private void Delete(JobInstanceId instance)
    {
        foreach (var step in _steps.Values.Where(row => row.Step.InstanceId == instance).ToList())
            _steps.Remove(step.Step.Id.Value);
        foreach (var execution in _executions.Values.Where(execution => execution.InstanceId == instance).ToList())
            _executions.Remove(execution.Id.Value);
        _deadLetters.RemoveAll(letter => letter.InstanceId == instance);
        _instances.Remove(_instances.First(entry => entry.Value.Id == instance).Key);
    }

    private LeaseAnswer Commit(ChunkCommit commit, IReadOnlyList<Action> writes)
    {
        lock (_lock)
        {
            if (!Holds(commit.StepExecutionId, commit.Fence, out var row) || row.CommitCount >= commit.Counts.Commits)
                return LeaseAnswer.Lost;
            foreach (var write in writes)
                write();
            foreach (var letter in commit.DeadLetters)
                _deadLetters.Add(letter with { Id = ++_lastId });
            row.Note(commit, Now);
            return AnswerFor(_executions[row.JobExecutionId.Value]);
        }
    }

    private sealed class StepRow(StepExecution step)
    {
        private StepExecution _step = step;
        private ChunkCommit? _lastCommit;
        private DateTimeOffset _committedAt;
        private string? _context;

        /// <summary>The record is made when somebody asks, not with each commit.</summary>
        public StepExecution Step
        {
            get
            {
                if (_lastCommit is { } commit)
                {
                    _step = _step with
                    {
                        Checkpoint = commit.Checkpoint,
                        Counts = commit.Counts,
                        Fraction = commit.Fraction,
                        Context = _context ?? _step.Context,
                        UpdatedAt = _committedAt,
                    };
                    _lastCommit = null;
                }

                return _step;
            }

            set
            {
                _step = value;
                _lastCommit = null;
            }
        }

        public DateTimeOffset LeaseExpiresAt { get; set; }

        /// <summary>How many nodes in a row died with it before a chunk was committed.</summary>
        public int LostCount { get; set; }

        // Read for each commit, and never changed by one.
        public bool IsHeld(long fence) => _step.Status.IsRunning && _step.Fence == fence;

        public JobExecutionId JobExecutionId => _step.JobExecutionId;

        public long CommitCount => (_lastCommit?.Counts ?? _step.Counts).Commits;

        public void Note(ChunkCommit commit, DateTimeOffset now)
        {
            _lastCommit = commit;
            _context = commit.Context ?? _context;
            _committedAt = now;
            LostCount = 0;
            LeaseExpiresAt = now + commit.LeaseDuration;
        }
    }

    private sealed class Session(InMemoryJobRepository repository, StepExecutionId step) : IChunkSession
    {
        public CommittedChunk? LastCommitted => null;

        public ValueTask<ICommittableChunk> BeginAsync(CancellationToken cancellationToken) => new(new InMemoryChunk(repository.Commit));

        public ValueTask<bool> HasCommittedAsync(ChunkCommit commit, CancellationToken cancellationToken)
        {
            lock (repository._lock)
                return new(repository._steps[step.Value].Step.Counts.Commits >= commit.Counts.Commits);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
