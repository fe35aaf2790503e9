using System.Diagnostics;
using Npgsql;

namespace Clutch.Benchmarks.Sku;

/// <summary>Item by item, as the job was before: a detail call a SKU, rows committed one by one (interface, outbox, outbox again), updates answered at once in lists of up to a hundred of an account.</summary>
internal static class NaiveSync
{
    private const int UpdateSize = 100;

    /// <summary>Seconds for <paramref name="count"/> SKUs.</summary>
    public static async Task<double> RunAsync(StockClient stock, NpgsqlDataSource database, int count)
    {
        await RivalTables.CreateAsync(database);
        var startedAt = Stopwatch.GetTimestamp();
        await using var connection = await database.OpenConnectionAsync();
        var waiting = new Dictionary<string, List<(string Sku, string Payload)>>(StringComparer.Ordinal);
        foreach (var (account, sku) in await stock.ListAllAsync(count))
        {
            var (_, _, payload) = (await stock.GetDetailsAsync([sku]))[0];
            await RivalTables.ExecuteAsync(connection, "INSERT INTO rival_sku (account_id, sku_id, payload) VALUES (@account, @sku, @payload)", account, sku, payload);
            await RivalTables.ExecuteAsync(connection, "INSERT INTO rival_outbox (account_id, sku_id, payload, status) VALUES (@account, @sku, @payload, 'PENDING')", account, sku, payload);
            if (!waiting.TryGetValue(account, out var list))
                waiting[account] = list = [];
            list.Add((sku, payload));
            if (list.Count == UpdateSize)
                await UpdateAsync(stock, connection, account, list);
        }

        foreach (var (account, list) in waiting.Where(entry => entry.Value.Count > 0))
            await UpdateAsync(stock, connection, account, list);
        return Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
    }

    private static async Task UpdateAsync(StockClient stock, NpgsqlConnection connection, string account, List<(string Sku, string Payload)> list)
    {
        await stock.SubmitAsync(account, list, isSynchronous: true);
        foreach (var (sku, payload) in list)
            await RivalTables.ExecuteAsync(connection, "UPDATE rival_outbox SET status = 'SYNCED' WHERE account_id = @account AND sku_id = @sku AND payload = @payload", account, sku, payload);
        list.Clear();
    }
}
