using Clutch.Executions;
using Clutch.Repository;

namespace Clutch.Relational.Jobs;

/// <summary>A chunk's records in the job repository.</summary>
internal sealed class RepositoryChunkRecords(RelationalDatabase database, RepositoryStatements statements, TimeProvider timeProvider) : IChunkRecords
{
    public CommittedChunk? LastCommitted => null;

    public async ValueTask<LeaseAnswer> CommitAsync(
        RelationalSession session, ChunkCommit commit, IReadOnlyCollection<long> redriven, CancellationToken cancellationToken)
    {
        var status = await session.CommitGuardedAsync(Chunk(statements.CommitChunk, commit), Letters(commit), cancellationToken);
        return Answer(status);
    }

    public async ValueTask<bool> HasCommittedAsync(RelationalSession session, ChunkCommit commit, CancellationToken cancellationToken)
    {
        var find = new Statement(statements.FindCommit).With("id", commit.StepExecutionId.Value).With("commit_count", commit.Counts.Commits);
        return await database.ChangeAsync(find, Rows.Text, cancellationToken) is not null;
    }

    public async ValueTask<IReadOnlyCollection<long>> MarkRedrivenAsync(
        RelationalSession session, IReadOnlyCollection<long> deadLetters, CancellationToken cancellationToken)
    {
        var count = await session.RunAsync(new Statement(statements.MarkRedriven).With("ids", deadLetters.ToArray()), Rows.Affected, cancellationToken);
        // What another re-drive has written already must not be written twice: the chunk is undone as a whole.
        if (count < deadLetters.Count)
        {
            throw new RepositoryException(
                $"{deadLetters.Count - count} of the chunk's {deadLetters.Count} dead letters were run again by another execution meanwhile, so nothing of the chunk was committed. " +
                "Restart the execution: it goes on with the letters that are still open.");
        }

        return [];
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Brings a step up to date with a chunk that a target database committed.</summary>
    public async ValueTask CatchUpAsync(StepExecutionId step, CommittedChunk chunk, string letters, CancellationToken cancellationToken)
    {
        var catchUp = new Statement(statements.CatchUpChunk + ";\n" + statements.InsertDeadLetters)
            .With("id", step.Value)
            .With("now", timeProvider.GetUtcNow())
            .With("letters", letters)
            .WithCheckpoint(chunk.Checkpoint)
            .WithCounts(chunk.OwnCounts);
        await database.ChangeAsync(catchUp, Rows.Affected, cancellationToken);
    }

    internal static LeaseAnswer Answer(string? status) => status switch
    {
        null => LeaseAnswer.Lost,
        nameof(BatchStatus.Stopping) => LeaseAnswer.HeldStopRequested,
        _ => LeaseAnswer.Held,
    };

    private Statement Chunk(string text, ChunkCommit commit) => new Statement(text)
        .With("id", commit.StepExecutionId.Value)
        .With("fence", commit.Fence)
        .With("now", timeProvider.GetUtcNow())
        .With("lease", commit.LeaseDuration)
        .With("fraction", commit.Fraction)
        .With("context", commit.Context)
        .WithCheckpoint(commit.Checkpoint)
        .WithCounts(commit.Counts);

    private Statement? Letters(ChunkCommit commit) => commit.DeadLetters.Count == 0
        ? null
        : new Statement(statements.InsertDeadLetters).With("letters", DeadLetterJson.Write(commit.DeadLetters));
}
