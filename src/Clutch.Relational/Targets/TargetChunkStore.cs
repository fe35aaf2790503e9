using Clutch.Executions;
using Clutch.Relational.Jobs;
using Clutch.Relational.Migrations;
using Clutch.Repository;

namespace Clutch.Relational.Targets;

/// <summary>Chunk transactions in a target database that keeps the checkpoint beside its data, in the table <c>clutch_checkpoint</c>.</summary>
/// <remarks>
/// A chunk costs one round trip in the target beside the user's own writes, and then one in the job repository, which shows progress and renews the lease.
/// A crash between the two loses nothing: the next execution finds the chunk in the target and brings the repository up to date.
/// </remarks>
public sealed class TargetChunkStore : IChunkStore
{
    private readonly RelationalDatabase _database;
    private readonly TargetStatements _statements;
    private readonly Migrator _migrator;
    private readonly RelationalJobRepository _repository;
    private readonly TimeProvider _timeProvider;
    private bool _isMigrated;

    /// <summary>A store in this database.</summary>
    /// <param name="database">The target.</param>
    /// <param name="statements">Its statements.</param>
    /// <param name="migrator">The table's migrations, applied when the first step opens.</param>
    /// <param name="repository">The job repository; it must lie in a database too.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <exception cref="InvalidOperationException">The job repository lies in memory.</exception>
    public TargetChunkStore(RelationalDatabase database, TargetStatements statements, Migrator migrator, IJobRepository repository, TimeProvider timeProvider)
    {
        ArgumentNullException.ThrowIfNull(database);
        ArgumentNullException.ThrowIfNull(repository);
        _database = database;
        _statements = statements;
        _migrator = migrator;
        _timeProvider = timeProvider;
        _repository = repository as RelationalJobRepository ?? throw new InvalidOperationException(
            $"Chunks cannot commit to {database.Description} while the job repository is a '{repository.GetType().Name}': " +
            "its ids start anew with each process and would meet old checkpoints. Keep the repository in SQLite or PostgreSQL.");
    }

    /// <inheritdoc/>
    public async ValueTask<IChunkSession> OpenAsync(StepExecution step, bool isResumed, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(step);
        await MigrateAsync(cancellationToken);
        var place = new CheckpointPlace(await _repository.GetIdAsync(cancellationToken), step, _timeProvider);
        var session = await _database.OpenSessionAsync(cancellationToken);
        try
        {
            var found = await TakePossessionAsync(session, place, isResumed, cancellationToken);
            var mirror = await _repository.ChunkStore.OpenAsync(step, isResumed, cancellationToken);
            return new ChunkSession(_database, new TargetChunkRecords(_database, _statements, place, found?.For(step.Id), mirror, _repository), session);
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public bool IsTransient(Exception fault) => _database.IsTransient(fault) || _repository.ChunkStore.IsTransient(fault);

    /// <summary>Deletes checkpoints of this repository's steps that nobody wrote since the given instant, and answers how many: what retention deleted in the repository leaves them behind.</summary>
    /// <remarks>A database that no step has committed to yet gets no table by this. Checkpoints of other repositories stay.</remarks>
    /// <param name="updatedBefore">The instant.</param>
    /// <param name="maxCheckpoints">The most to delete in this one transaction, 1 or more; call again until the answer is 0.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async ValueTask<int> PurgeAsync(DateTimeOffset updatedBefore, int maxCheckpoints, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxCheckpoints);
        // Databases from which steps only read have names, too: they may belong to others, and be read-only.
        if (!_isMigrated && (await _migrator.ListPendingAsync(cancellationToken)).Count > 0)
            return 0;
        var purge = new Statement(_statements.Purge)
            .With("repository_id", await _repository.GetIdAsync(cancellationToken))
            .With("updated_before", updatedBefore)
            .With("max_checkpoints", maxCheckpoints);
        return await _database.ChangeAsync(purge, Rows.Affected, cancellationToken);
    }

    /// <summary>Makes the table where it is missing.</summary>
    internal async ValueTask MigrateAsync(CancellationToken cancellationToken)
    {
        if (_isMigrated)
            return;
        await _migrator.MigrateAsync(cancellationToken);
        _isMigrated = true;
    }

    /// <summary>Becomes the row's owner, once the repository has all that the owner before committed here.</summary>
    /// <remarks>
    /// The new owner's first commit writes over the last dead letters, so whoever opens after a fault must find the row as it was. The repository is brought up to date
    /// between transactions, for both databases may lie in one SQLite file, which has one writer.
    /// </remarks>
    private async ValueTask<FoundCheckpoint?> TakePossessionAsync(RelationalSession session, CheckpointPlace place, bool isResumed, CancellationToken cancellationToken)
    {
        FoundCheckpoint? broughtHome = null;
        while (true)
        {
            await session.BeginAsync(cancellationToken);
            var found = await FindAsync(session, place, isResumed, cancellationToken);
            if (found is null || !found.IsAheadOf(broughtHome))
            {
                await session.RunAsync(place.Of(_statements.TakePossession), Rows.Affected, cancellationToken);
                await session.CommitAsync(cancellationToken);
                return found;
            }

            await session.RollbackAsync(cancellationToken);
            await CatchUpAsync(found, cancellationToken);
            broughtHome = found;
        }
    }

    private async ValueTask<FoundCheckpoint?> FindAsync(RelationalSession session, CheckpointPlace place, bool isResumed, CancellationToken cancellationToken)
    {
        await session.RunAsync(place.Of(_statements.InsertCheckpoint), Rows.Affected, cancellationToken);
        // A step that runs again although it was complete begins at the beginning. A partition that is taken over within its execution keeps its row: it is the same step execution.
        if (!isResumed)
            await session.RunAsync(place.Of(_statements.Forget), Rows.Affected, cancellationToken);
        return await session.RunAsync(place.Of(_statements.FindCheckpoint), Rows.First(FoundCheckpoint.Read), cancellationToken);
    }

    // The owner before may have died after its commit here and before the one in the repository.
    private async ValueTask CatchUpAsync(FoundCheckpoint found, CancellationToken cancellationToken)
    {
        await _repository.CatchUpAsync(found.Owner, found.Committed!, found.DeadLetters, cancellationToken);
        await _repository.MarkRedrivenAsync(found.Redriven, cancellationToken);
    }
}
