namespace Clutch.Relational.Jobs;

/// <summary>Deletes what ended long ago, in small bites and whole instances.</summary>
internal sealed class Retention(RelationalDatabase database, RepositoryStatements statements)
{
    private static readonly RowReader<IReadOnlyList<long>> Ids = Rows.All(static row => row.GetInt64(0));

    public async ValueTask<int> PurgeAsync(DateTimeOffset endedBefore, int maxExecutions, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxExecutions);
        await using var session = await database.OpenSessionAsync(cancellationToken);
        await session.BeginAsync(cancellationToken);
        var ids = await ListInstancesAsync(session, endedBefore, maxExecutions, cancellationToken);
        var deleted = ids.Length == 0 ? 0 : await DeleteAsync(session, ids, cancellationToken);
        await session.CommitAsync(cancellationToken);
        return deleted;
    }

    private async ValueTask<long[]> ListInstancesAsync(RelationalSession session, DateTimeOffset endedBefore, int maxExecutions, CancellationToken cancellationToken)
    {
        var candidates = new Statement(statements.PurgeCandidates).With("ended_before", endedBefore).With("max_executions", maxExecutions);
        var ids = await session.RunAsync(candidates, Ids, cancellationToken);
        if (ids.Count == 0)
            return [];

        // A launch may have come in before the instances were locked.
        var confirm = new Statement(statements.PurgeConfirmed).With("ended_before", endedBefore).With("ids", ids.ToArray());
        return [.. await session.RunAsync(confirm, Ids, cancellationToken)];
    }

    private async ValueTask<int> DeleteAsync(RelationalSession session, long[] ids, CancellationToken cancellationToken)
    {
        await session.RunAsync(new Statement(statements.DeleteInstanceDetails).With("ids", ids), Rows.Affected, cancellationToken);
        var executions = await session.RunAsync(new Statement(statements.DeleteExecutions).With("ids", ids), Rows.Affected, cancellationToken);
        await session.RunAsync(new Statement(statements.DeleteInstances).With("ids", ids), Rows.Affected, cancellationToken);
        return executions;
    }
}
