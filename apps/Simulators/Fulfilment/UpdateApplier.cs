using System.Text.Json;
using Microsoft.Data.Sqlite;
using Simulators.Faults;

namespace Simulators.Fulfilment;

/// <summary>Applies a slice of an operation: version guard, effect, ledger and outcome in one transaction, so that no effect lacks its result.</summary>
internal sealed class UpdateApplier(FulfilmentDatabase database, SimulatorOptions options, FaultDesk faults, FaultLog log, TimeProvider clock)
{
    public Task<IReadOnlyList<ItemOutcome>> ApplyAsync(Slice slice) => database.WriteAsync(connection => Apply(connection, slice));

    private IReadOnlyList<ItemOutcome> Apply(SqliteConnection connection, Slice slice)
    {
        if (connection.Scalar("SELECT status FROM operation WHERE id = $id", ("$id", slice.OperationId)) is "Cancelled")
            return [];
        // An operation that was submitted again while it was being applied is in the queue twice.
        var waiting = connection.Query("SELECT position FROM operation_item WHERE operation_id = $id AND outcome IS NULL AND position BETWEEN $from AND $to", row => row.GetInt32(0),
            ("$id", slice.OperationId), ("$from", slice.Items[0].Position), ("$to", slice.Items[^1].Position)).ToHashSet();
        var outcomes = new List<ItemOutcome>(slice.Items.Count);
        using var finish = connection.Prepare("UPDATE operation_item SET outcome = $0, problem = $1 WHERE operation_id = $2 AND position = $3", "$0", "$1", "$2", "$3");
        foreach (var item in slice.Items.Where(item => waiting.Contains(item.Position)))
        {
            var outcome = Apply(connection, slice, item);
            finish.With(outcome.Outcome, outcome.Problem is { } problem ? JsonSerializer.Serialize(problem, SimulatorJson.Default.Problem) : null, slice.OperationId, item.Position).ExecuteNonQuery();
            outcomes.Add(outcome);
        }

        Advance(connection, slice.OperationId, outcomes);
        return outcomes;
    }

    private ItemOutcome Apply(SqliteConnection connection, Slice slice, SubmittedItem item)
    {
        if (item.IsBad)
            return Failed(item, Problem.ItemInvalid("The price is negative."));
        if (Stumbles(connection, slice.AccountId, item))
            return Failed(item, Problem.ItemFailed);
        var stored = connection.Scalar("SELECT version FROM target WHERE account_id = $account AND sku_id = $sku", ("$account", slice.AccountId), ("$sku", item.SkuId)) as long?;
        if (options.GuardsVersions && stored >= item.Version)
            return new ItemOutcome(item.ItemId, stored == item.Version ? "AlreadyApplied" : "Superseded", null, Retryable: false);
        WriteEffect(connection, slice, item);
        return new ItemOutcome(item.ItemId, "Applied", null, Retryable: false);
    }

    private void WriteEffect(SqliteConnection connection, Slice slice, SubmittedItem item)
    {
        connection.Run("""
            INSERT INTO ledger (account_id, sku_id, version, op, hash, operation_id, item_id, applied_at) VALUES ($account, $sku, $version, $op, $hash, $operation, $item, $at)
            """, ("$account", slice.AccountId), ("$sku", item.SkuId), ("$version", item.Version), ("$op", item.Op), ("$hash", item.Hash), ("$operation", slice.OperationId), ("$item", item.ItemId),
            ("$at", clock.GetUtcNow().ToUnixTimeMilliseconds()));
        connection.Run("""
            INSERT INTO target (account_id, sku_id, version, deleted, hash, payload) VALUES ($account, $sku, $version, $deleted, $hash, $payload)
            ON CONFLICT (account_id, sku_id) DO UPDATE SET version = excluded.version, deleted = excluded.deleted, hash = excluded.hash, payload = excluded.payload
            """, ("$account", slice.AccountId), ("$sku", item.SkuId), ("$version", item.Version), ("$deleted", item.Op == "DELETE" ? 1 : 0), ("$hash", item.Hash), ("$payload", item.Payload));
    }

    /// <summary>A share of the items fails once, a tenth of it twice, and then goes through.</summary>
    private bool Stumbles(SqliteConnection connection, string accountId, SubmittedItem item)
    {
        var rate = faults.Order.Fulfilment.TransientRate;
        if (rate == 0)
            return false;
        var drawn = Draw.Unit(options.Seed, Draw.Of(accountId), Draw.Of(item.SkuId), item.Version, 99);
        if (drawn >= rate)
            return false;
        (string, object?)[] key = [("$account", accountId), ("$sku", item.SkuId), ("$version", item.Version)];
        var failed = connection.Scalar("SELECT count FROM stumble WHERE account_id = $account AND sku_id = $sku AND version = $version", key) as long? ?? 0;
        if (failed >= (drawn < rate / 10 ? 2 : 1))
            return false;
        connection.Run("INSERT INTO stumble (account_id, sku_id, version, count) VALUES ($account, $sku, $version, 1) ON CONFLICT (account_id, sku_id, version) DO UPDATE SET count = count + 1", key);
        log.Record("fulfilment", "items", "Transient", subject: $"{accountId}/{item.SkuId}/{item.Version}");
        return true;
    }

    private static void Advance(SqliteConnection connection, string operationId, List<ItemOutcome> outcomes) => connection.Run("""
        UPDATE operation SET done_count = done_count + $done, failed_count = failed_count + $failed,
            status = CASE WHEN done_count + $done < item_count THEN 'Running' WHEN failed_count + $failed = 0 THEN 'Succeeded' WHEN failed_count + $failed = item_count THEN 'Failed' ELSE 'PartiallySucceeded' END
        WHERE id = $id
        """, ("$done", outcomes.Count), ("$failed", outcomes.Count(outcome => outcome.Problem is not null)), ("$id", operationId));

    private static ItemOutcome Failed(SubmittedItem item, Problem problem) => new(item.ItemId, "Failed", problem, problem.Retryable);
}
