using Clutch.Executions;

namespace Clutch.Repository.InMemory;

/// <summary>The chunk transactions of one step.</summary>
internal sealed class InMemorySession(InMemoryJobRepository repository, StepExecutionId step) : IChunkSession
{
    private readonly Func<ChunkCommit, InMemoryChunk, LeaseAnswer> _commit = repository.Commit;

    public CommittedChunk? LastCommitted => null;

    public ValueTask<ICommittableChunk> BeginAsync(CancellationToken cancellationToken) => new(new InMemoryChunk(_commit));

    public ValueTask<bool> HasCommittedAsync(ChunkCommit commit, CancellationToken cancellationToken) => new(repository.HasCommitted(step, commit));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
