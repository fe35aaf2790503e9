namespace Clutch.Repository;

/// <summary>A chunk's transaction in memory: writes are staged and happen together when it commits.</summary>
public sealed class InMemoryChunk : ICommittableChunk
{
    private readonly Func<ChunkCommit, IReadOnlyList<Action>, LeaseAnswer> _commit;
    private readonly List<Action> _writes = [];
    private int _savepoint;

    internal InMemoryChunk(Func<ChunkCommit, IReadOnlyList<Action>, LeaseAnswer> commit) => _commit = commit;

    /// <summary>The writes that happen when it commits.</summary>
    internal IReadOnlyList<Action> Staged => _writes;

    /// <summary>Has a write happen when the chunk commits, and only then.</summary>
    public void Stage(Action write)
    {
        ArgumentNullException.ThrowIfNull(write);
        _writes.Add(write);
    }

    /// <inheritdoc/>
    public ValueTask SetSavepointAsync(CancellationToken cancellationToken)
    {
        _savepoint = _writes.Count;
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask ReturnToSavepointAsync(CancellationToken cancellationToken)
    {
        _writes.RemoveRange(_savepoint, _writes.Count - _savepoint);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<LeaseAnswer> CommitAsync(ChunkCommit commit, CancellationToken cancellationToken)
    {
        var answer = _commit(commit, _writes);
        _writes.Clear();
        return new(answer);
    }

    /// <inheritdoc/>
    public ValueTask RollbackAsync(CancellationToken cancellationToken)
    {
        _writes.Clear();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _writes.Clear();
        return ValueTask.CompletedTask;
    }
}
