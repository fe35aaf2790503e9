using System.Data.Common;
using System.Text.Json;
using Clutch.Relational.Jobs;
using Clutch.Repository;

namespace Clutch.Relational.Targets;

/// <summary>A chunk's records beside the data, followed by those in the job repository.</summary>
internal sealed class TargetChunkRecords(
    RelationalDatabase database, TargetStatements statements, CheckpointPlace place, CommittedChunk? lastCommitted, IChunkSession mirror, RelationalJobRepository repository)
    : IChunkRecords
{
    private IReadOnlyCollection<long> _redriven = [];

    public CommittedChunk? LastCommitted { get; } = lastCommitted;

    public async ValueTask<LeaseAnswer> CommitAsync(
        RelationalSession session, ChunkCommit commit, IReadOnlyCollection<long> redriven, CancellationToken cancellationToken)
    {
        _redriven = redriven;
        if (await session.CommitGuardedAsync(Record(commit, redriven), other: null, cancellationToken) is null)
            return LeaseAnswer.Lost;
        return await MirrorAsync(commit, cancellationToken);
    }

    public async ValueTask<bool> HasCommittedAsync(RelationalSession session, ChunkCommit commit, CancellationToken cancellationToken)
    {
        var find = place.Of(statements.FindCommit).With("commit_count", commit.Counts.Commits);
        if (await database.ChangeAsync(find, Rows.Text, cancellationToken) is null)
            return false;

        // The target has the chunk; the fault may have kept it from the repository.
        if (!await mirror.HasCommittedAsync(commit, cancellationToken))
            await MirrorAsync(commit, cancellationToken);
        return true;
    }

    public ValueTask<IReadOnlyCollection<long>> MarkRedrivenAsync(
        RelationalSession session, IReadOnlyCollection<long> deadLetters, CancellationToken cancellationToken) => ValueTask.FromResult(deadLetters);

    public ValueTask DisposeAsync() => mirror.DisposeAsync();

    private async ValueTask<LeaseAnswer> MirrorAsync(ChunkCommit commit, CancellationToken cancellationToken)
    {
        try
        {
            return await RecordAsync(commit, cancellationToken);
        }
        catch (Exception fault) when (fault is DbException or RepositoryException && !repository.ChunkStore.IsTransient(fault))
        {
            throw new ChunkNotRecordedException(
                $"Chunk {commit.Counts.Commits} of step execution {commit.StepExecutionId} is committed in {database.Description}, but the job repository refused its record: {fault.Message} " +
                "Mend that, then restart the job: it continues after that chunk.",
                fault);
        }
    }

    private async ValueTask<LeaseAnswer> RecordAsync(ChunkCommit commit, CancellationToken cancellationToken)
    {
        // The target has written their items, whoever else may have run the letters meanwhile: here it is too late to undo the chunk.
        await repository.MarkRedrivenAsync(_redriven, cancellationToken);
        await using var chunk = await mirror.BeginAsync(cancellationToken);
        return await chunk.CommitAsync(commit, cancellationToken);
    }

    private Statement Record(ChunkCommit commit, IReadOnlyCollection<long> redriven) => place.Of(statements.CommitChunk)
        .With("letters", DeadLetterJson.Write(commit.DeadLetters))
        .With("context", commit.Context)
        .With("redriven", JsonSerializer.Serialize(redriven.ToArray(), TargetJson.Default.Int64Array))
        .WithCheckpoint(commit.Checkpoint)
        .WithCounts(commit.Counts);
}
