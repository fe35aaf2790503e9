using Clutch.Executions;
using Clutch.Items;

namespace Clutch.Repository;

/// <summary>Where the transactions of a step's chunks begin: the job repository itself, or a target database that keeps the checkpoint beside its data.</summary>
public interface IChunkStore
{
    /// <summary>Takes possession of the step's checkpoint there, so that an older owner can no longer commit.</summary>
    /// <param name="step">The step execution.</param>
    /// <param name="isResumed">Whether it takes up what an earlier execution of the step left unfinished; else what the store still has of that one is forgotten.</param>
    /// <param name="cancellationToken">Cancels the opening.</param>
    ValueTask<IChunkSession> OpenAsync(StepExecution step, bool isResumed, CancellationToken cancellationToken);

    /// <summary>Whether repeating the work may help: a broken connection, a deadlock, a busy file; not a violated constraint or bad data.</summary>
    bool IsTransient(Exception fault);
}

/// <summary>One step's chunk transactions, one at a time.</summary>
public interface IChunkSession : IAsyncDisposable
{
    /// <summary>The last committed checkpoint and counters this store knows of the step, or null where the job repository has them.</summary>
    CommittedChunk? LastCommitted { get; }

    /// <summary>Begins a chunk's transaction, on a new connection if the last one broke.</summary>
    ValueTask<ICommittableChunk> BeginAsync(CancellationToken cancellationToken);

    /// <summary>Whether a commit whose answer never came had gone through after all: ask before a chunk is written again whose commit threw.</summary>
    ValueTask<bool> HasCommittedAsync(ChunkCommit commit, CancellationToken cancellationToken);
}

/// <summary>What a chunk store kept beside its data.</summary>
/// <param name="Checkpoint">The checkpoint after the last committed chunk.</param>
/// <param name="Counts">The counters of all committed chunks of the instance's step, over all its executions.</param>
/// <param name="OwnCounts">The part of them that this step execution committed: where its own counters go on when a partition is claimed anew.</param>
public sealed record CommittedChunk(StepCheckpoint Checkpoint, StepCounts Counts, StepCounts OwnCounts)
{
    /// <summary>The step's own values (<see cref="ContextValues"/>) as of that chunk, as JSON; null where none were kept.</summary>
    public string? Context { get; init; }
}

/// <summary>A chunk's transaction, as the engine sees it.</summary>
public interface ICommittableChunk : IChunkTransaction, IAsyncDisposable
{
    /// <summary>Writes checkpoint, counters and dead letters, checks the fence and commits, in one round trip. On a lost lease everything is rolled back.</summary>
    ValueTask<LeaseAnswer> CommitAsync(ChunkCommit commit, CancellationToken cancellationToken);

    /// <summary>Undoes everything; disposing without a commit does the same.</summary>
    ValueTask RollbackAsync(CancellationToken cancellationToken);
}

/// <summary>What is written when a chunk commits.</summary>
public sealed record ChunkCommit
{
    /// <summary>The step execution.</summary>
    public required StepExecutionId StepExecutionId { get; init; }

    /// <summary>The fencing token it must still have.</summary>
    public required long Fence { get; init; }

    /// <summary>The checkpoint after the chunk.</summary>
    public required StepCheckpoint Checkpoint { get; init; }

    /// <summary>The step execution's counters, the chunk included; the commits among them grow by each commit, also where a partition was claimed anew.</summary>
    public required StepCounts Counts { get; init; }

    /// <summary>How much of the source is behind the checkpoint, 0 to 1, or null.</summary>
    public double? Fraction { get; init; }

    /// <summary>The step context as JSON, or null where it did not change.</summary>
    public string? Context { get; init; }

    /// <summary>The items skipped in the chunk.</summary>
    public IReadOnlyList<DeadLetter> DeadLetters { get; init; } = [];

    /// <summary>How long the lease lasts from this commit.</summary>
    public required TimeSpan LeaseDuration { get; init; }
}
