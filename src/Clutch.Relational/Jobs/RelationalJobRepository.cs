using Clutch.Executions;
using Clutch.Items;
using Clutch.Relational.Migrations;
using Clutch.Repository;

namespace Clutch.Relational.Jobs;

/// <summary>A job repository in a SQL database. A store derives it and supplies its database, its whole statements and its migrations.</summary>
public abstract class RelationalJobRepository : IJobRepository
{
    private readonly RelationalDatabase _database;
    private readonly RepositoryStatements _statements;
    private readonly TimeProvider _timeProvider;
    private readonly Launches _launches;
    private string? _id;

    /// <summary>A repository in this database.</summary>
    /// <param name="database">The database.</param>
    /// <param name="statements">Its statements.</param>
    /// <param name="migrator">Its schema.</param>
    /// <param name="timeProvider">The clock, for stores whose database has none of its own.</param>
    protected RelationalJobRepository(RelationalDatabase database, RepositoryStatements statements, Migrator migrator, TimeProvider timeProvider)
    {
        _database = database;
        _statements = statements;
        _timeProvider = timeProvider;
        Migrator = migrator;
        _launches = new(database, statements, timeProvider);
        ChunkStore = new RelationalChunkStore(database, statements, timeProvider);
    }

    /// <inheritdoc/>
    public IChunkStore ChunkStore { get; }

    /// <summary>The schema's migrations.</summary>
    public Migrator Migrator { get; }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> MigrateAsync(CancellationToken cancellationToken) => Migrator.MigrateAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<string> ScriptMigrationsAsync(CancellationToken cancellationToken) => Migrator.ScriptPendingAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<LaunchDecision> LaunchAsync(LaunchRequest request, CancellationToken cancellationToken) => _launches.LaunchAsync(request, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<LeaseAnswer> RenewLeaseAsync(JobLease lease, IReadOnlyCollection<HeldPartition> partitions, TimeSpan duration, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(partitions);
        var renew = With(At(_statements.RenewLease).With("lease", duration).With("node", lease.Node), partitions);
        return RepositoryChunkRecords.Answer(await _database.ChangeAsync(Of(renew, lease), Rows.Text, cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask<StepExecution?> StartStepAsync(StepStart start, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(start);
        var insert = Of(At(_statements.StartStep), start.Lease)
            .With("instance_id", start.InstanceId.Value)
            .With("step_name", start.StepName)
            .With("start_count", start.StartCount)
            .With("fraction", start.Fraction)
            .With("context", start.Context)
            .With("node", start.Lease.Node)
            .With("lease", start.LeaseDuration)
            .WithCheckpoint(start.Checkpoint);
        return _database.ChangeAsync(insert, Rows.First(ReadStep), cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<LeaseAnswer> EndStepAsync(StepEnd end, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(end);
        var update = At(_statements.EndStep)
            .With("id", end.StepExecutionId.Value)
            .With("fence", end.Fence)
            .With("status", end.Status.ToString())
            .With("exit_code", end.ExitCode)
            .With("context", end.Context)
            .With("job_context", end.JobContext)
            .WithCounts(end.Counts)
            .WithUncommitted(end.Uncommitted)
            .WithFailure(end.Failure);
        return RepositoryChunkRecords.Answer(await _database.ChangeAsync(update, Rows.Text, cancellationToken));
    }

    /// <inheritdoc/>
    public async ValueTask<LeaseAnswer> EndJobAsync(JobEnd end, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(end);
        var update = Of(At(_statements.EndJob), end.Lease)
            .With("status", end.Status.ToString())
            .With("step_status", (end.Status is BatchStatus.Stopped ? BatchStatus.Stopped : BatchStatus.Failed).ToString())
            .With("exit_code", end.ExitCode)
            .With("context", end.Context)
            .With("restart_at", end.RestartAt)
            .WithFailure(end.Failure);
        return await _database.ChangeAsync(update, Rows.Text, cancellationToken) is null ? LeaseAnswer.Lost : LeaseAnswer.Held;
    }

    /// <inheritdoc/>
    public async ValueTask<bool> CreatePartitionsAsync(PartitionPlan plan, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var insert = Of(At(_statements.CreatePartitions), plan.Lease)
            .With("instance_id", plan.InstanceId.Value)
            .With("step_name", plan.StepName)
            .With("partitions", PartitionJson.Write(plan.Partitions));
        return await _database.ChangeAsync(insert, Rows.Text, cancellationToken) is not null;
    }

    /// <inheritdoc/>
    public ValueTask<StepExecution?> ClaimPartitionAsync(PartitionClaim claim, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(claim);
        var update = At(claim.Choice is PartitionChoice.Expired ? _statements.TakeOverPartition : _statements.ClaimPartition)
            .With("job_execution_id", claim.JobExecutionId.Value)
            .With("step_name", claim.StepName)
            .With("node", claim.Node)
            .With("lease", claim.LeaseDuration);
        return _database.ChangeAsync(update, Rows.First(ReadStep), cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<LeaseAnswer> RenewPartitionsAsync(JobExecutionId execution, IReadOnlyCollection<HeldPartition> partitions, TimeSpan duration, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(partitions);
        var renew = With(At(_statements.RenewPartitions).With("job_execution_id", execution.Value).With("lease", duration), partitions);
        return RepositoryChunkRecords.Answer(await _database.ChangeAsync(renew, Rows.Text, cancellationToken));
    }

    /// <inheritdoc/>
    public async ValueTask ReleasePartitionAsync(StepExecutionId partition, long fence, CancellationToken cancellationToken) =>
        await _database.ChangeAsync(At(_statements.ReleasePartition).With("id", partition.Value).With("fence", fence), Rows.Affected, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<PartitionStand> WatchPartitionsAsync(JobExecutionId execution, string stepName, CancellationToken cancellationToken)
    {
        var watch = At(_statements.WatchPartitions).With("job_execution_id", execution.Value).With("step_name", stepName);
        return (await _database.ChangeAsync(watch, Rows.All(static row => new PartitionStand((int)row.GetInt64(0), (int)row.GetInt64(1))), cancellationToken))[0];
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StepHistory>> ListStepHistoryAsync(JobInstanceId instance, CancellationToken cancellationToken) =>
        _database.QueryAsync(
            new Statement(RepositoryLists.StepHistory).With("instance_id", instance.Value),
            Rows.All(row => new StepHistory(ReadStep(row), StepExecutionRow.ReadCounts(row, StepExecutionRow.ColumnCount))),
            cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<StopAnswer> RequestStopAsync(JobExecutionId execution, CancellationToken cancellationToken) =>
        await _database.ChangeAsync(new Statement(_statements.RequestStop).With("id", execution.Value), Rows.Text, cancellationToken) switch
        {
            null => StopAnswer.Unknown,
            nameof(BatchStatus.Stopping) => StopAnswer.Requested,
            _ => StopAnswer.NotRunning,
        };

    /// <inheritdoc/>
    public async ValueTask<AbandonAnswer> AbandonAsync(JobExecutionId execution, CancellationToken cancellationToken) =>
        await _database.ChangeAsync(new Statement(_statements.Abandon).With("id", execution.Value), Rows.Text, cancellationToken) switch
        {
            null => AbandonAnswer.Unknown,
            nameof(BatchStatus.Abandoned) => AbandonAnswer.Abandoned,
            nameof(BatchStatus.Completed) => AbandonAnswer.AlreadyComplete,
            nameof(AbandonAnswer.Superseded) => AbandonAnswer.Superseded,
            _ => AbandonAnswer.StillRunning,
        };

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobExecution>> RecoverAsync(
        IReadOnlyCollection<string> deadNodes, IReadOnlyCollection<JobExecutionId> atWork, CancellationToken cancellationToken) =>
        _launches.RecoverAsync(deadNodes, atWork, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> ListActiveNodesAsync(CancellationToken cancellationToken) =>
        _database.QueryAsync(new Statement(_statements.ActiveNodes), Rows.All(static row => row.GetString(0)), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<JobExecution?> FindExecutionAsync(JobExecutionId id, CancellationToken cancellationToken) =>
        _database.QueryAsync(new Statement(RepositoryLists.Execution).With("id", id.Value), Rows.First(ReadExecution), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<JobExecution?> FindLastExecutionAsync(string jobName, string instanceKey, CancellationToken cancellationToken) =>
        _database.QueryAsync(
            new Statement(RepositoryLists.LastExecution).With("job_name", jobName).With("instance_key", instanceKey), Rows.First(ReadExecution), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<JobExecution>> ListExecutionsAsync(ExecutionFilter filter, CancellationToken cancellationToken) =>
        _database.QueryAsync(RepositoryLists.Executions(filter), Rows.All(ReadExecution), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StepExecution>> ListStepsAsync(JobExecutionId execution, CancellationToken cancellationToken) =>
        _database.QueryAsync(new Statement(RepositoryLists.Steps).With("job_execution_id", execution.Value), Rows.All(ReadStep), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<DeadLetter>> ListDeadLettersAsync(DeadLetterFilter filter, CancellationToken cancellationToken) =>
        _database.QueryAsync(RepositoryLists.DeadLetters(filter), Rows.All(row => DeadLetterRow.Read(row, _database)), cancellationToken);

    /// <inheritdoc/>
    /// <remarks>Where the chunk commits to a target database, the letters are marked right after that commit.</remarks>
    public ValueTask MarkRedrivenAsync(IReadOnlyCollection<long> deadLetters, IChunkTransaction transaction, CancellationToken cancellationToken) =>
        transaction is RelationalChunk chunk
            ? chunk.MarkRedrivenAsync(deadLetters, cancellationToken)
            : throw new InvalidOperationException($"Dead letters lie in {_database.Description}, but the chunk commits to '{transaction.GetType().Name}'.");

    /// <inheritdoc/>
    public async ValueTask<long> CountSkipsAsync(JobInstanceId instance, string stepName, IChunkTransaction transaction, CancellationToken cancellationToken)
    {
        var count = new Statement(RepositoryLists.Skips).With("instance_id", instance.Value).With("step_name", stepName);
        if (transaction is not RelationalChunk chunk || chunk.Database != _database)
            return (await _database.QueryAsync(count, Rows.All(Number), cancellationToken))[0];
        // Two statements: one that waited for a lock still sees what was there before.
        await chunk.RunAsync(new Statement(_statements.HoldInstance).With("instance_id", instance.Value), Rows.All(Number), cancellationToken);
        return (await chunk.RunAsync(count, Rows.All(Number), cancellationToken))[0];

        static long Number(System.Data.Common.DbDataReader row) => row.GetInt64(0);
    }

    /// <inheritdoc/>
    public ValueTask<int> PurgeAsync(DateTimeOffset endedBefore, int maxExecutions, CancellationToken cancellationToken) =>
        new Retention(_database, _statements).PurgeAsync(endedBefore, maxExecutions, cancellationToken);

    /// <summary>The id this repository got when its schema was made: it tells its checkpoints in a target database from those of other repositories.</summary>
    internal async ValueTask<string> GetIdAsync(CancellationToken cancellationToken) =>
        _id ??= await _database.QueryAsync(new Statement(_statements.RepositoryId), Rows.Text, cancellationToken)
            ?? throw new RepositoryException($"{_database.Description} has lost the row in 'clutch_repository'. Restore it from a backup.");

    /// <summary>Brings a step up to date with what a target database committed for it; harmless when repeated.</summary>
    internal ValueTask CatchUpAsync(StepExecutionId step, CommittedChunk chunk, string letters, CancellationToken cancellationToken) =>
        new RepositoryChunkRecords(_database, _statements, _timeProvider).CatchUpAsync(step, chunk, letters, cancellationToken);

    /// <summary>Marks dead letters as re-driven by a chunk that a target database committed.</summary>
    internal async ValueTask MarkRedrivenAsync(IReadOnlyCollection<long> deadLetters, CancellationToken cancellationToken)
    {
        if (deadLetters.Count > 0)
            await _database.ChangeAsync(new Statement(_statements.MarkRedriven).With("ids", deadLetters.ToArray()), Rows.Affected, cancellationToken);
    }

    private static Statement Of(Statement statement, JobLease lease) => statement.With("job_execution_id", lease.ExecutionId.Value).With("job_fence", lease.Fence);

    private static Statement With(Statement statement, IReadOnlyCollection<HeldPartition> partitions) =>
        statement.With("ids", partitions.Select(partition => partition.Id.Value).ToArray()).With("fences", partitions.Select(partition => partition.Fence).ToArray());

    // The clock itself, not its time: where writers queue, the statement may wait for longer than a lease before it runs.
    private Statement At(string text) => new Statement(text).With("now", _timeProvider);

    private JobExecution ReadExecution(System.Data.Common.DbDataReader row) => JobExecutionRow.Read(row, _database);

    private StepExecution ReadStep(System.Data.Common.DbDataReader row) => StepExecutionRow.Read(row, _database);
}
