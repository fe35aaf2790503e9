using Clutch.Repository;

namespace Clutch.Relational.Jobs;

/// <summary>What a chunk leaves in the database that it commits to.</summary>
internal interface IChunkRecords : IAsyncDisposable
{
    /// <summary>What a store beside the data knows of the step, else null.</summary>
    CommittedChunk? LastCommitted { get; }

    /// <summary>Writes the chunk's records and commits, in one round trip.</summary>
    ValueTask<LeaseAnswer> CommitAsync(RelationalSession session, ChunkCommit commit, IReadOnlyCollection<long> redriven, CancellationToken cancellationToken);

    /// <summary>Whether the commit went through, although its answer was lost.</summary>
    ValueTask<bool> HasCommittedAsync(RelationalSession session, ChunkCommit commit, CancellationToken cancellationToken);

    /// <summary>Marks dead letters as re-driven when the chunk commits; answers those which have to wait for that.</summary>
    ValueTask<IReadOnlyCollection<long>> MarkRedrivenAsync(RelationalSession session, IReadOnlyCollection<long> deadLetters, CancellationToken cancellationToken);
}
