namespace Clutch.Repository;

/// <summary>A chunk's transaction in memory: writes are staged and happen together when it commits.</summary>
public sealed class InMemoryChunk : ICommittableChunk
{
    private readonly Func<ChunkCommit, InMemoryChunk, LeaseAnswer> _commit;
    private readonly List<Action> _writes = [];
    private readonly List<long> _redriven = [];
    private (int Writes, int Redriven) _savepoint;

    internal InMemoryChunk(Func<ChunkCommit, InMemoryChunk, LeaseAnswer> commit) => _commit = commit;

    /// <summary>The writes that happen when it commits.</summary>
    internal IReadOnlyList<Action> Staged => _writes;

    /// <summary>The dead letters that are re-driven when it commits.</summary>
    internal IReadOnlyList<long> Redriven => _redriven;

    /// <summary>Has a write happen when the chunk commits, and only then.</summary>
    public void Stage(Action write)
    {
        ArgumentNullException.ThrowIfNull(write);
        _writes.Add(write);
    }

    /// <inheritdoc/>
    public ValueTask SetSavepointAsync(CancellationToken cancellationToken)
    {
        _savepoint = (_writes.Count, _redriven.Count);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask ReturnToSavepointAsync(CancellationToken cancellationToken)
    {
        _writes.RemoveRange(_savepoint.Writes, _writes.Count - _savepoint.Writes);
        _redriven.RemoveRange(_savepoint.Redriven, _redriven.Count - _savepoint.Redriven);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<LeaseAnswer> CommitAsync(ChunkCommit commit, CancellationToken cancellationToken)
    {
        var answer = _commit(commit, this);
        Clear();
        return new(answer);
    }

    /// <inheritdoc/>
    public ValueTask RollbackAsync(CancellationToken cancellationToken)
    {
        Clear();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Clear();
        return ValueTask.CompletedTask;
    }

    /// <summary>Has these dead letters marked as re-driven when the chunk commits.</summary>
    internal void StageRedriven(IReadOnlyCollection<long> deadLetters) => _redriven.AddRange(deadLetters);

    private void Clear()
    {
        _writes.Clear();
        _redriven.Clear();
    }
}
