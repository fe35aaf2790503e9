using Quartz;
using Quartz.Extensibility;

namespace Clutch.Server.Tests.Schedules;

/// <summary>The history of what has ended, asked after what runs was listed: only now the firings end, and the answer knows of it.</summary>
internal sealed class LateHistory(IExecutionHistoryStore store, Action end) : IExecutionHistoryStore
{
    public async ValueTask<PagedResult<ExecutionHistoryEntry>> QueryExecutions(ExecutionHistoryQuery query, CancellationToken cancellationToken = default)
    {
        end();
        return await Poll.UntilAsync(() => store.QueryExecutions(query, cancellationToken).AsTask(), ended => ended.Items.Count > 0);
    }

    public ValueTask AddExecution(ExecutionHistoryEntry entry, CancellationToken cancellationToken = default) => store.AddExecution(entry, cancellationToken);

    public ValueTask AddMisfire(MisfireHistoryEntry entry, CancellationToken cancellationToken = default) => store.AddMisfire(entry, cancellationToken);

    public ValueTask<PagedResult<MisfireHistoryEntry>> QueryMisfires(MisfireHistoryQuery query, CancellationToken cancellationToken = default) => store.QueryMisfires(query, cancellationToken);

    public ValueTask<int> CountMisfires(string schedulerName, DateTimeOffset since, CancellationToken cancellationToken = default) => store.CountMisfires(schedulerName, since, cancellationToken);
}
