using Clutch.Executions;
using Clutch.Repository;

namespace Clutch.Relational.Jobs;

/// <summary>Chunk transactions in the job repository's own database: what a step writes there commits together with its checkpoint.</summary>
internal sealed class RelationalChunkStore(RelationalDatabase database, RepositoryStatements statements, TimeProvider timeProvider) : IChunkStore
{
    public async ValueTask<IChunkSession> OpenAsync(StepExecution step, bool isResumed, CancellationToken cancellationToken)
    {
        var records = new RepositoryChunkRecords(database, statements, timeProvider);
        return new ChunkSession(database, records, await database.OpenSessionAsync(cancellationToken));
    }

    public bool IsTransient(Exception fault) => database.IsTransient(fault);
}
