using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Data.Sqlite;

namespace Simulators.Fulfilment;

/// <summary>The books of the fulfilment API: ledger, target, operations and counts, read from its file.</summary>
internal sealed class FulfilmentBooks(FulfilmentDatabase database, FulfilmentEndpoints endpoints)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/control/fulfilment/ledger", ListLedger);
        routes.MapGet("/control/fulfilment/target", WriteTargetAsync);
        routes.MapGet("/control/fulfilment/operations", WriteOperationsAsync);
        routes.MapGet("/control/fulfilment/counts", () => TypedResults.Json(Count(), FulfilmentJson.Default.FulfilmentCounts));
    }

    private IResult ListLedger(long? after, int? limit)
    {
        using var connection = database.Open();
        var entries = connection.Query("SELECT sequence, account_id, sku_id, version, op, hash, operation_id, item_id, applied_at FROM ledger WHERE sequence > $after ORDER BY sequence LIMIT $limit",
            row => new LedgerEntry(row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetInt64(3), row.GetString(4), row.Text(5), row.GetString(6), row.GetString(7), row.Instant(8)),
            ("$after", after ?? 0), ("$limit", Math.Clamp(limit ?? 10_000, 1, 100_000)));
        return TypedResults.Json(new LedgerPage(entries, entries.Count == 0 ? null : entries[^1].Sequence), FulfilmentJson.Default.LedgerPage);
    }

    private Task WriteTargetAsync(HttpContext context) => WriteLinesAsync(context, "SELECT account_id, sku_id, version, deleted, hash FROM target ORDER BY account_id, sku_id",
        row => new TargetRow(row.GetString(0), row.GetString(1), row.GetInt64(2), row.GetInt32(3) == 1, row.Text(4)), FulfilmentJson.Default.TargetRow);

    private Task WriteOperationsAsync(HttpContext context) => WriteLinesAsync(context, "SELECT id, idempotency_key, status, fate, item_count, submit_count, accepted_at FROM operation ORDER BY accepted_at",
        row => new OperationRow(row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetInt32(4), row.GetInt32(5), row.Instant(6)), FulfilmentJson.Default.OperationRow);

    private FulfilmentCounts Count()
    {
        using var connection = database.Open();
        int Of(string sql) => Convert.ToInt32(connection.Scalar(sql) ?? 0, null);
        return new FulfilmentCounts(
            Of("SELECT count(*) FROM operation"),
            Of("SELECT count(DISTINCT idempotency_key) FROM operation"),
            Of("SELECT coalesce(sum(item_count - done_count), 0) FROM operation WHERE status IN ('NotStarted', 'Running') AND fate IN ('Normal', 'ForgottenAfter')"),
            Of("SELECT count(*) FROM ledger"),
            Of("SELECT count(*) FROM target"),
            Of("SELECT count(*) FROM target WHERE deleted = 0"),
            Of("SELECT coalesce(sum(submit_count - 1), 0) FROM operation"),
            Of("SELECT value FROM counter WHERE name = 'key-reused'"),
            Of("SELECT count(*) FROM operation WHERE fate LIKE 'Forgotten%'"),
            Of("SELECT count(*) FROM operation WHERE fate = 'Endless'"),
            endpoints.SubmitCallCount,
            endpoints.StatusCallCount);
    }

    private async Task WriteLinesAsync<T>(HttpContext context, string sql, Func<SqliteDataReader, T> map, JsonTypeInfo<T> type)
    {
        using var connection = database.Open();
        context.Response.ContentType = "application/x-ndjson";
        foreach (var row in connection.Query(sql, map))
        {
            await JsonSerializer.SerializeAsync(context.Response.Body, row, type, context.RequestAborted);
            await context.Response.Body.WriteAsync("\n"u8.ToArray(), context.RequestAborted);
        }
    }
}
