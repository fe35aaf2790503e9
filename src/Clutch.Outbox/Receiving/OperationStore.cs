using System.Data.Common;
using System.Text.Json;
using Clutch.Http;
using Clutch.Outbox.Http;
using Clutch.Outbox.Operations;
using Clutch.Relational;
using Clutch.Relational.Tables;

namespace Clutch.Outbox.Receiving;

/// <summary>An operation as it is stored.</summary>
internal sealed record StoredOperation(
    string Id, string Queue, string Caller, string Group, OperationState State, long ItemCount, long DoneCount, long FailedCount, string Rejected, long Fence, DateTimeOffset ExpiresAt,
    bool IsCancelRequested)
{
    public static StoredOperation Read(DbDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), (OperationState)row.GetInt32(4), row.GetInt64(5), row.GetInt64(6), row.GetInt64(7), row.GetString(8), row.GetInt64(9),
        DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(10)), row.GetInt32(11) == 1);

    public IReadOnlyList<RejectedItem> RejectedItems =>
        [.. JsonSerializer.Deserialize(Rejected, OperationJson.Default.ItemBodyArray)!.Select(item => new RejectedItem(item.ItemId!, item.Problem ?? new()))];
}

/// <summary>An item of an operation that waits for its turn.</summary>
internal sealed record StoredItem(string OperationId, long Ordinal, OperationItem Item);

/// <summary>The result of an item, as it is stored.</summary>
internal sealed record StoredResult(string OperationId, long Ordinal, ItemOutcome Outcome, bool IsRetryable, HttpProblem? Problem);

/// <summary>The tables of the server half.</summary>
internal sealed class OperationStore(RelationalDatabase database)
{
    private static readonly TableMap<StoredItem> Items = TableMap.For<StoredItem>("clutch_operation_item")
        .Key("operation_id", item => item.OperationId)
        .Key("ordinal", item => item.Ordinal)
        .Column("item_id", item => item.Item.ItemId)
        .Column("item_key", item => item.Item.Key)
        .Column("version", item => item.Item.Version)
        .Column("type", item => item.Item.Type)
        .Column("body", item => item.Item.Body.ToArray());

    private static readonly TableMap<StoredResult> Results = TableMap.For<StoredResult>("clutch_operation_item")
        .Key("operation_id", result => result.OperationId)
        .Key("ordinal", result => result.Ordinal)
        .Column("outcome", result => (long)result.Outcome)
        .Column("is_retryable", result => result.IsRetryable)
        .Column("problem", result => result.Problem is null ? null : JsonSerializer.Serialize(result.Problem, OperationJson.Default.HttpProblem));

    private readonly ReceivingStatements _statements = ReceivingStatements.For(database);

    public RelationalDatabase Database => database;

    public ValueTask<string[]?> FindRecordAsync(IdempotencyKey key, CancellationToken cancellationToken) =>
        database.QueryAsync(RecordOf(_statements.FindRecord, key), Record, cancellationToken);

    public ValueTask<string[]?> FindRecordAsync(RelationalSession session, IdempotencyKey key, CancellationToken cancellationToken) =>
        session.RunAsync(RecordOf(_statements.FindRecord, key), Record, cancellationToken);

    /// <summary>Stores the key; false where it is taken. Waits for another transaction that is storing the same key.</summary>
    public async ValueTask<bool> TryInsertRecordAsync(RelationalSession session, IdempotencyKey key, string operationId, CancellationToken cancellationToken)
    {
        var statement = RecordOf(_statements.InsertRecord, key).With("fingerprint", key.Fingerprint).With("id", operationId).With("window", (long)key.Window.TotalMilliseconds);
        return await session.RunAsync(statement, Rows.Text, cancellationToken) is not null;
    }

    /// <summary>Others that want to add to the queue wait until this transaction ends: two that count at once would both find room for one.</summary>
    public async ValueTask LockQueueAsync(RelationalSession session, string queue, CancellationToken cancellationToken)
    {
        if (_statements.LockQueue is { } text)
            await session.RunAsync(new Statement(text).With("queue", queue), Rows.Affected, cancellationToken);
    }

    public async ValueTask<long> CountOpenItemsAsync(RelationalSession session, string queue, CancellationToken cancellationToken) =>
        (await session.RunAsync(new Statement(_statements.CountOpenItems).With("queue", queue), Rows.All(row => row.GetInt64(0)), cancellationToken))[0];

    public async ValueTask InsertAsync(RelationalSession session, string id, string caller, OperationRequest request, TimeSpan window, CancellationToken cancellationToken)
    {
        var rejected = request.Rejected.Select(item => new ItemBody { ItemId = item.ItemId, Problem = item.Problem }).ToArray();
        var statement = new Statement(_statements.InsertOperation)
            .With("id", id)
            .With("queue", request.Queue)
            .With("caller", caller)
            .With("group", request.Group)
            .With("status", request.Items.Count == 0 ? (long)OperationState.Succeeded : (long)OperationState.NotStarted)
            .With("count", (long)request.Items.Count)
            .With("rejected", JsonSerializer.Serialize(rejected, OperationJson.Default.ItemBodyArray))
            .With("window", (long)window.TotalMilliseconds);
        await session.RunAsync(statement, Rows.Affected, cancellationToken);
        if (request.Items.Count > 0)
            await session.Bulk.InsertAsync(Items, request.Items.Select((item, i) => new StoredItem(id, i + 1, item)).ToArray(), cancellationToken);
    }

    public ValueTask<IReadOnlyList<StoredOperation>> FindAsync(string[] ids, string caller, CancellationToken cancellationToken) =>
        database.QueryAsync(new Statement(_statements.FindOperations).With("ids", ids).With("caller", caller), Rows.All(StoredOperation.Read), cancellationToken);

    public ValueTask<IReadOnlyList<(long Ordinal, ItemBody Item)>> ListResultsAsync(string id, long after, int limit, CancellationToken cancellationToken) => database.QueryAsync(
        new Statement(_statements.ListItems).With("id", id).With("after", after).With("limit", (long)limit),
        Rows.All(row => (row.GetInt64(0), new ItemBody
        {
            ItemId = row.GetString(1),
            Outcome = row.IsDBNull(2) ? null : NameOf((ItemOutcome)row.GetInt32(2)),
            Retryable = !row.IsDBNull(2) && row.GetInt32(2) == (int)ItemOutcome.Failed ? row.GetBoolean(3) : null,
            Problem = row.IsDBNull(4) ? null : HttpProblem.Find(System.Text.Encoding.UTF8.GetBytes(row.GetString(4))),
        })),
        cancellationToken);

    public ValueTask<StoredOperation?> ClaimAsync(string queue, string owner, TimeSpan lease, CancellationToken cancellationToken) => database.ChangeAsync(
        new Statement(_statements.Claim).With("queue", queue).With("owner", owner).With("lease", (long)lease.TotalMilliseconds), Rows.First(StoredOperation.Read), cancellationToken);

    public ValueTask<IReadOnlyList<StoredItem>> ListOpenItemsAsync(string id, int limit, CancellationToken cancellationToken) => database.QueryAsync(
        new Statement(_statements.ListOpenItems).With("id", id).With("limit", (long)limit),
        Rows.All(row => new StoredItem(id, row.GetInt64(0), new(row.GetString(1), row.GetString(2), row.GetInt64(3), row.GetString(4), row.GetFieldValue<byte[]>(5)))),
        cancellationToken);

    /// <summary>Stores results and commits them with the effects; null where another worker has the operation by now, and then nothing is committed.</summary>
    public async ValueTask<string?> CommitAsync(RelationalSession session, StoredOperation operation, StoredResult[] results, TimeSpan lease, CancellationToken cancellationToken)
    {
        await session.Bulk.UpdateAsync(Results, results, cancellationToken);
        var guard = new Statement(_statements.CommitSlice)
            .With("id", operation.Id)
            .With("fence", operation.Fence)
            .With("done", (long)results.Length)
            .With("failed", (long)results.Count(result => result.Outcome == ItemOutcome.Failed))
            .With("lease", (long)lease.TotalMilliseconds);
        var answer = await session.RunAsync(guard, Rows.Text, cancellationToken);
        if (answer is null)
        {
            await session.RollbackAsync(cancellationToken);
            ReceivingMetrics.LeaseLost(operation.Queue);
            return null;
        }

        await session.CommitAsync(cancellationToken);
        ReceivingMetrics.Committed(operation.Queue, results);
        return answer;
    }

    /// <summary>Whether a lease can end, and be renewed, while a slice is applied.</summary>
    public bool RenewsWithinSlices => _statements.Renew is not null;

    public async ValueTask RenewAsync(StoredOperation operation, TimeSpan lease, CancellationToken cancellationToken) =>
        await ChangeAsync(_statements.Renew!, operation, statement => statement.With("lease", (long)lease.TotalMilliseconds), cancellationToken);

    public async ValueTask FinishAsync(StoredOperation operation, bool isCancelled, TimeSpan window, CancellationToken cancellationToken) =>
        await ChangeAsync(isCancelled ? _statements.Cancel : _statements.Finish, operation, statement => statement.With("window", (long)window.TotalMilliseconds), cancellationToken);

    public async ValueTask ReleaseAsync(StoredOperation operation, CancellationToken cancellationToken) => await ChangeAsync(_statements.Release, operation, statement => statement, cancellationToken);

    public async ValueTask<bool> RequestCancelAsync(string id, string caller, CancellationToken cancellationToken) =>
        await database.ChangeAsync(new Statement(_statements.RequestCancel).With("id", id).With("caller", caller), Rows.Affected, cancellationToken) > 0;

    /// <summary>Deletes what expired, in small bites; answers how many rows.</summary>
    public async ValueTask<int> SweepAsync(int limit, CancellationToken cancellationToken)
    {
        var count = await SweepAsync(_statements.SweepRecords, limit, cancellationToken);
        count += await SweepAsync(_statements.SweepItems, Math.Max(1, limit / 100), cancellationToken);
        return count + await SweepAsync(_statements.SweepOperations, limit, cancellationToken);
    }

    public static string NameOf(ItemOutcome outcome) => outcome switch
    {
        ItemOutcome.Applied => "APPLIED",
        ItemOutcome.AlreadyApplied => "ALREADY_APPLIED",
        ItemOutcome.Superseded => "SUPERSEDED",
        ItemOutcome.Failed => "FAILED",
        _ => throw new System.Diagnostics.UnreachableException($"Unknown outcome '{outcome}'."),
    };

    private static RowReader<string[]?> Record { get; } = Rows.First(row => new[] { row.GetString(0), row.GetString(1) });

    private static Statement RecordOf(string text, IdempotencyKey key) => new Statement(text).With("scope", key.Scope).With("key", key.Key);

    private ValueTask<int> ChangeAsync(string text, StoredOperation operation, Func<Statement, Statement> more, CancellationToken cancellationToken) =>
        database.ChangeAsync(more(new Statement(text).With("id", operation.Id).With("fence", operation.Fence)), Rows.Affected, cancellationToken);

    private ValueTask<int> SweepAsync(string text, int limit, CancellationToken cancellationToken) =>
        database.ChangeAsync(new Statement(text).With("limit", (long)limit), Rows.Affected, cancellationToken);
}
