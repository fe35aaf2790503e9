using System.Data.Common;
using Clutch.Relational.Bulk;
using Clutch.Repository;

namespace Clutch.Relational.Jobs;

/// <summary>A chunk's transaction.</summary>
internal sealed class RelationalChunk(ChunkSession owner, RelationalSession session) : ICommittableChunk, IRelationalChunk
{
    private readonly List<long> _redriven = [];
    private bool _isOver;

    public RelationalDatabase Database => session.Database;

    public DbConnection Connection => session.Connection;

    public DbTransaction? Transaction => session.Transaction;

    public IBulkOperations Bulk => session.Bulk;

    public ValueTask SetSavepointAsync(CancellationToken cancellationToken) => session.SetSavepointAsync(cancellationToken);

    public ValueTask ReturnToSavepointAsync(CancellationToken cancellationToken) => session.ReturnToSavepointAsync(cancellationToken);

    public async ValueTask MarkRedrivenAsync(IReadOnlyCollection<long> deadLetters, CancellationToken cancellationToken) =>
        _redriven.AddRange(await owner.MarkRedrivenAsync(session, deadLetters, cancellationToken));

    public ValueTask<TResult> RunAsync<TResult>(Statement statement, RowReader<TResult> read, CancellationToken cancellationToken) => session.RunAsync(statement, read, cancellationToken);

    public async ValueTask<LeaseAnswer> CommitAsync(ChunkCommit commit, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isOver, this);
        var answer = await owner.CommitAsync(session, commit, _redriven, cancellationToken);
        _isOver = true;
        return answer;
    }

    public async ValueTask RollbackAsync(CancellationToken cancellationToken)
    {
        if (_isOver)
            return;
        _isOver = true;
        await session.RollbackAsync(cancellationToken);
    }

    public ValueTask DisposeAsync() => RollbackAsync(CancellationToken.None);
}
