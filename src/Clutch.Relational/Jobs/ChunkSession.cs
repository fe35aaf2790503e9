using Clutch.Repository;

namespace Clutch.Relational.Jobs;

/// <summary>One step's chunk transactions on one connection, which is replaced when it breaks.</summary>
internal sealed class ChunkSession(RelationalDatabase database, IChunkRecords records, RelationalSession first) : IChunkSession
{
    private RelationalSession? _session = first;
    private ChunkCommit? _inDoubt;

    public CommittedChunk? LastCommitted => records.LastCommitted;

    public async ValueTask<ICommittableChunk> BeginAsync(CancellationToken cancellationToken)
    {
        if (_inDoubt is { } commit && await HasCommittedAsync(commit, cancellationToken))
        {
            throw new RepositoryException(
                $"Chunk {commit.Counts.Commits} of step execution {commit.StepExecutionId} had committed although its answer was lost, and must not be written again. " +
                "Restart the job: it continues after that chunk.");
        }

        var session = await UsableSessionAsync(cancellationToken);
        await session.BeginAsync(cancellationToken);
        return new RelationalChunk(this, session);
    }

    public async ValueTask<bool> HasCommittedAsync(ChunkCommit commit, CancellationToken cancellationToken)
    {
        var committed = await records.HasCommittedAsync(await UsableSessionAsync(cancellationToken), commit, cancellationToken);
        _inDoubt = null;
        return committed;
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        await records.DisposeAsync();
    }

    internal async ValueTask<LeaseAnswer> CommitAsync(
        RelationalSession session, ChunkCommit commit, IReadOnlyCollection<long> redriven, CancellationToken cancellationToken)
    {
        // Until the answer is here, nobody knows whether the commit went through.
        _inDoubt = commit;
        var answer = await records.CommitAsync(session, commit, redriven, cancellationToken);
        _inDoubt = null;
        return answer;
    }

    internal ValueTask<IReadOnlyCollection<long>> MarkRedrivenAsync(
        RelationalSession session, IReadOnlyCollection<long> deadLetters, CancellationToken cancellationToken) =>
        records.MarkRedrivenAsync(session, deadLetters, cancellationToken);

    private async ValueTask<RelationalSession> UsableSessionAsync(CancellationToken cancellationToken)
    {
        if (_session is { IsUsable: true } session)
            return session;
        await CloseAsync();
        return _session = await database.OpenSessionAsync(cancellationToken);
    }

    private async ValueTask CloseAsync()
    {
        if (_session is not { } session)
            return;
        _session = null;
        await session.DisposeAsync();
    }
}
