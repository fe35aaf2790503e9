using System.Text.Json;
using Microsoft.Data.Sqlite;
using Simulators.Faults;

namespace Simulators.Fulfilment;

/// <summary>Accepted operations: a key and its items are durable before anybody is told.</summary>
internal sealed class OperationStore(FulfilmentDatabase database, SimulatorOptions options, FaultDesk faults, FaultLog log, TimeProvider clock)
{
    public static readonly TimeSpan Kept = TimeSpan.FromDays(7);

    /// <summary>Stores a submission, or finds it. One that is answered at once is never forgotten.</summary>
    public Task<AcceptResult> AcceptAsync(Submission submission, bool isAnsweredAtOnce) => database.WriteAsync(connection => Accept(connection, submission, isAnsweredAtOnce));

    /// <summary>What stands open since before this process: items that were accepted and not applied.</summary>
    public IReadOnlyList<Slice> ReadOpen()
    {
        using var connection = database.Open();
        var open = connection.Query("SELECT id, account_id FROM operation WHERE status IN ('NotStarted', 'Running') AND fate IN ('Normal', 'ForgottenAfter') ORDER BY accepted_at",
            row => (Id: row.GetString(0), Account: row.GetString(1)));
        return [.. open.Select(operation => new Slice(operation.Id, operation.Account, ReadWaiting(connection, operation.Id)))];
    }

    /// <summary>An operation, or null when it is not known (any more).</summary>
    public OperationView? Find(string id, string? afterItem, int limit, bool withItems)
    {
        using var connection = database.Open();
        var found = connection.Query("SELECT status, item_count, accepted_at FROM operation WHERE id = $id AND NOT (fate = 'ForgottenBefore' OR fate = 'ForgottenAfter')",
            row => (Status: row.GetString(0), Total: row.GetInt32(1), AcceptedAt: row.Instant(2)), ("$id", id));
        if (found is not [var operation])
            return null;
        var counts = connection.Query("SELECT coalesce(outcome, ''), count(*) FROM operation_item WHERE operation_id = $id GROUP BY 1", row => (row.GetString(0), row.GetInt32(1)), ("$id", id))
            .ToDictionary(StringComparer.Ordinal);
        int CountOf(string outcome) => counts.GetValueOrDefault(outcome);
        var items = withItems ? ReadOutcomes(connection, id, afterItem, limit + 1) : null;
        return new OperationView(id, operation.Status, operation.Status is not ("NotStarted" or "Running"),
            new OutcomeCounts(operation.Total, CountOf("Applied"), CountOf("AlreadyApplied"), CountOf("Superseded"), CountOf("Failed"), CountOf("")),
            items is null ? null : [.. items.Take(limit).Select(item => item.Outcome)], items?.Count > limit ? items[limit - 1].Position : null, operation.AcceptedAt + Kept);
    }

    /// <summary>Cancels what of an operation is not applied yet. False when the operation is not known.</summary>
    public Task<bool> CancelAsync(string id) => database.WriteAsync(connection =>
    {
        connection.Run("UPDATE operation SET status = 'Cancelled' WHERE id = $id AND status IN ('NotStarted', 'Running')", ("$id", id));
        return connection.Scalar("SELECT 1 FROM operation WHERE id = $id AND fate NOT LIKE 'Forgotten%'", ("$id", id)) is not null;
    });

    private AcceptResult Accept(SqliteConnection connection, Submission submission, bool isAnsweredAtOnce)
    {
        var known = connection.Query("SELECT id, fingerprint, fate FROM operation WHERE idempotency_key = $key AND fate NOT LIKE 'Forgotten%'",
            row => (Id: row.GetString(0), Fingerprint: row.GetString(1), Fate: row.GetString(2)), ("$key", submission.IdempotencyKey));
        if (known is not [var operation])
            return Insert(connection, submission, isAnsweredAtOnce ? OperationFate.Normal : Decide(connection, submission.IdempotencyKey));
        if (operation.Fingerprint != submission.Fingerprint)
        {
            Add(connection, "key-reused");
            return new AcceptResult(AcceptKind.KeyReused, operation.Id, []);
        }

        connection.Run("UPDATE operation SET submit_count = submit_count + 1, fate = 'Normal' WHERE id = $id", ("$id", operation.Id));
        return new AcceptResult(AcceptKind.Known, operation.Id, operation.Fate == nameof(OperationFate.Endless) ? ReadWaiting(connection, operation.Id) : []);
    }

    private AcceptResult Insert(SqliteConnection connection, Submission submission, OperationFate fate)
    {
        var id = Guid.CreateVersion7().ToString("N");
        var isEmpty = submission.Items.Count == 0;
        connection.Run("""
            INSERT INTO operation (id, idempotency_key, fingerprint, account_id, accepted_at, item_count, status, fate)
            VALUES ($id, $key, $fingerprint, $account, $at, $count, $status, $fate)
            """, ("$id", id), ("$key", submission.IdempotencyKey), ("$fingerprint", submission.Fingerprint), ("$account", submission.AccountId), ("$at", clock.GetUtcNow().ToUnixTimeMilliseconds()),
            ("$count", submission.Items.Count), ("$status", isEmpty ? "Succeeded" : "NotStarted"), ("$fate", fate.ToString()));
        using var insert = connection.Prepare("INSERT INTO operation_item (operation_id, position, item_id, sku_id, version, op, payload, hash, is_bad) VALUES ($0, $1, $2, $3, $4, $5, $6, $7, $8)",
            "$0", "$1", "$2", "$3", "$4", "$5", "$6", "$7", "$8");
        foreach (var item in submission.Items)
            insert.With(id, item.Position, item.ItemId, item.SkuId, item.Version, item.Op, item.Payload, item.Hash, item.IsBad ? 1 : 0).ExecuteNonQuery();
        return new AcceptResult(AcceptKind.New, id, fate is OperationFate.Normal or OperationFate.ForgottenAfter ? submission.Items : []);
    }

    /// <summary>A key meets its fault once: what is submitted again after it was forgotten is kept.</summary>
    private OperationFate Decide(SqliteConnection connection, string key)
    {
        var order = faults.Order.Fulfilment;
        if ((order.ForgottenRate == 0 && order.EndlessRate == 0) || connection.Scalar("SELECT 1 FROM operation WHERE idempotency_key = $key", ("$key", key)) is not null)
            return OperationFate.Normal;
        var drawn = Draw.Unit(options.Seed, Convert.ToInt64(connection.Scalar("SELECT count(*) FROM operation"), null), 77);
        var fate = drawn < order.ForgottenRate / 2 ? OperationFate.ForgottenBefore
            : drawn < order.ForgottenRate ? OperationFate.ForgottenAfter
            : drawn < order.ForgottenRate + order.EndlessRate ? OperationFate.Endless
            : OperationFate.Normal;
        if (fate is not OperationFate.Normal)
            log.Record("fulfilment", "operations", fate.ToString(), subject: key);
        return fate;
    }

    private static List<SubmittedItem> ReadWaiting(SqliteConnection connection, string operationId) => connection.Query("""
        SELECT position, item_id, sku_id, version, op, payload, hash, is_bad FROM operation_item WHERE operation_id = $id AND outcome IS NULL ORDER BY position
        """,
        row => new SubmittedItem(row.GetInt32(0), row.GetString(1), row.GetString(2), row.GetInt64(3), row.GetString(4), row.Text(5), row.Text(6), row.GetInt32(7) == 1), ("$id", operationId));

    private static List<(string Position, ItemOutcome Outcome)> ReadOutcomes(SqliteConnection connection, string operationId, string? after, int limit) => connection.Query("""
        SELECT position, item_id, outcome, problem FROM operation_item WHERE operation_id = $id AND position > $after ORDER BY position LIMIT $limit
        """,
        row =>
        {
            var problem = row.Text(3) is { } text ? JsonSerializer.Deserialize(text, SimulatorJson.Default.Problem) : null;
            return (row.GetString(0), new ItemOutcome(row.GetString(1), row.Text(2), problem, problem?.Retryable ?? false));
        },
        ("$id", operationId), ("$after", after is null ? -1 : int.Parse(after, null)), ("$limit", limit));

    private static void Add(SqliteConnection connection, string counter) =>
        connection.Run("INSERT INTO counter (name, value) VALUES ($name, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1", ("$name", counter));
}
