using System.Data.Common;
using System.Diagnostics;
using Clutch.Executions;
using Clutch.Repository;

namespace Clutch.Relational.Jobs;

/// <summary>Launches and recoveries: who may run.</summary>
internal sealed class Launches(RelationalDatabase database, RepositoryStatements statements, TimeProvider timeProvider)
{
    public async ValueTask<LaunchDecision> LaunchAsync(LaunchRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        await using var session = await database.OpenSessionAsync(cancellationToken);
        await session.BeginAsync(cancellationToken);
        var entered = await session.RunAsync(Enter(request), ReadEnteredAsync, cancellationToken);
        if (entered is null)
            return new LaunchDecision.Unknown(request.RestartOf!.Value);

        var last = entered.IsExpired && !request.AtWork.Contains(entered.Last!.Id) ? await ExpireAsync(session, entered.Last!.Id, cancellationToken) : entered.Last;
        var refusal = Refuse(request, last);
        // Nothing is kept of a launch that comes too early: the session ends without a commit.
        if (refusal is null && request.MaxRunning is { } maxRunning && await CountRunningAsync(session, request.JobName, cancellationToken) >= maxRunning)
            return new LaunchDecision.LimitReached(LaunchLimit.Job, maxRunning);
        var decision = refusal ?? new LaunchDecision.Launched(await InsertAsync(session, request, entered.Instance, last, cancellationToken), last);
        await session.CommitAsync(cancellationToken);
        return decision;
    }

    public async ValueTask<IReadOnlyList<JobExecution>> RecoverAsync(
        IReadOnlyCollection<string> deadNodes, IReadOnlyCollection<JobExecutionId> atWork, CancellationToken cancellationToken)
    {
        await using var session = await database.OpenSessionAsync(cancellationToken);
        await session.BeginAsync(cancellationToken);
        var expire = new Statement(statements.ExpireExecutions)
            .With("now", timeProvider.GetUtcNow())
            .With("dead_nodes", deadNodes.ToArray())
            .With("at_work", atWork.Select(id => id.Value).ToArray());
        var expired = await session.RunAsync(expire, Rows.All(ReadExecution), cancellationToken);
        if (expired.Count > 0)
            await ExpireStepsAsync(session, expired, cancellationToken);
        await session.CommitAsync(cancellationToken);
        return expired;
    }

    private static LaunchDecision? Refuse(LaunchRequest request, JobExecution? last) => last switch
    {
        null => null,
        { Status.IsRunning: true } => new LaunchDecision.AlreadyRunning(last),
        _ when request.RestartOf is { } restartOf && restartOf != last.Id => new LaunchDecision.Superseded(last),
        { Status: BatchStatus.Completed } => new LaunchDecision.AlreadyComplete(last),
        { Status: BatchStatus.Abandoned } => new LaunchDecision.Abandoned(last),
        _ => null,
    };

    private async ValueTask<long> CountRunningAsync(RelationalSession session, string jobName, CancellationToken cancellationToken) =>
        await session.RunAsync(new Statement(statements.CountRunning).With("job_name", jobName), ReadRunningCountAsync, cancellationToken);

    // The lock may answer a row of its own before.
    private static async ValueTask<long> ReadRunningCountAsync(DbDataReader rows, CancellationToken cancellationToken)
    {
        do
        {
            if (await rows.ReadAsync(cancellationToken) && rows.GetName(0) == "running_count")
                return rows.GetInt64(0);
        }
        while (await rows.NextResultAsync(cancellationToken));

        throw new UnreachableException("The statement that counts running executions answered no count.");
    }

    private Statement Enter(LaunchRequest request)
    {
        var now = timeProvider.GetUtcNow();
        return request.RestartOf is { } restartOf
            ? new Statement(statements.EnterInstanceOf).With("now", now).With("restart_of", restartOf.Value)
            : new Statement(statements.EnterInstance).With("now", now).With("job_name", request.JobName).With("instance_key", request.Parameters.IdentityKey);
    }

    private async ValueTask<Entered?> ReadEnteredAsync(DbDataReader rows, CancellationToken cancellationToken)
    {
        if (!await rows.ReadAsync(cancellationToken))
            return null;
        var instance = new JobInstanceId(rows.GetInt64(0));
        await rows.NextResultAsync(cancellationToken);
        return await rows.ReadAsync(cancellationToken)
            ? new(instance, ReadExecution(rows), rows.GetBoolean(JobExecutionRow.ColumnCount))
            : new(instance, Last: null, IsExpired: false);
    }

    private async ValueTask<JobExecution> InsertAsync(
        RelationalSession session, LaunchRequest request, JobInstanceId instance, JobExecution? last, CancellationToken cancellationToken)
    {
        var insert = new Statement(statements.InsertExecution)
            .With("now", timeProvider.GetUtcNow())
            .With("instance_id", instance.Value)
            .With("job_name", request.JobName)
            .With("attempt", (last?.Attempt ?? 0) + 1)
            .With("parameters", request.Parameters.ToJson())
            .With("node", request.Node)
            .With("lease", request.LeaseDuration)
            // Carried over at once: an attempt that dies before its first step must not lose what the job knew.
            .With("context", last?.Context)
            .With("restart_at", last?.RestartAt);
        return (await session.RunAsync(insert, Rows.First(ReadExecution), cancellationToken))!;
    }

    private async ValueTask<JobExecution> ExpireAsync(RelationalSession session, JobExecutionId id, CancellationToken cancellationToken)
    {
        var expire = new Statement(statements.ExpireExecution).With("now", timeProvider.GetUtcNow()).With("id", id.Value);
        var expired = await session.RunAsync(expire, Rows.First(ReadExecution), cancellationToken);
        if (expired is not null)
            await ExpireStepsAsync(session, [expired], cancellationToken);

        // Its owner ended it between the look and the update.
        return expired ?? (await session.RunAsync(new Statement(RepositoryLists.Execution).With("id", id.Value), Rows.First(ReadExecution), cancellationToken))!;
    }

    private async ValueTask ExpireStepsAsync(RelationalSession session, IReadOnlyList<JobExecution> expired, CancellationToken cancellationToken)
    {
        // A statement of its own, after the one that took the jobs' rows: it must see steps that started while that one waited.
        var expire = new Statement(statements.ExpireSteps).With("now", timeProvider.GetUtcNow()).With("ids", expired.Select(execution => execution.Id.Value).ToArray());
        await session.RunAsync(expire, Rows.Affected, cancellationToken);
    }

    private JobExecution ReadExecution(DbDataReader row) => JobExecutionRow.Read(row, database);

    private sealed record Entered(JobInstanceId Instance, JobExecution? Last, bool IsExpired);
}
