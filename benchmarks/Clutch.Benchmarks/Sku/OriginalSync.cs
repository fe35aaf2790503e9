using System.Diagnostics;
using Clutch.Benchmarks.Processes;
using Npgsql;

namespace Clutch.Benchmarks.Sku;

/// <summary>
/// The published job's final shape: lists of a thousand SKUs by four threads, batch inserts, then a second job that submits a thousand an account at a time by one sender, then a poller that looks every ten
/// seconds. The phases run one after the other.
/// </summary>
internal static class OriginalSync
{
    private const int ListSize = 1_000;
    private const int Threads = 4;
    private static readonly TimeSpan PollEvery = TimeSpan.FromSeconds(10);

    public static async Task<SkuRun> RunAsync(StockClient stock, NpgsqlDataSource database, int count)
    {
        await RivalTables.CreateAsync(database);
        var startedAt = Stopwatch.GetTimestamp();
        await ExtractAsync(stock, database, count);
        var ingest = Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
        var operations = await SendAsync(stock, database);
        var accepted = Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
        await PollAsync(stock, database, operations);
        return new(ingest, accepted, Stopwatch.GetElapsedTime(startedAt).TotalSeconds, count, Calls: 0, CpuSeconds: double.NaN, PeakMegabytes: double.NaN);
    }

    private static async Task ExtractAsync(StockClient stock, NpgsqlDataSource database, int count)
    {
        var listed = await stock.ListAllAsync(count);
        await Parallel.ForEachAsync(listed.Chunk(ListSize), new ParallelOptions { MaxDegreeOfParallelism = Threads }, async (list, _) =>
        {
            var details = await stock.GetDetailsAsync(list.Select(sku => sku.Sku));
            await RivalTables.InsertAsync(database, details);
        });
    }

    private static async Task<List<string>> SendAsync(StockClient stock, NpgsqlDataSource database)
    {
        var operations = new List<string>();
        foreach (var account in (await RivalTables.ListPendingAsync(database)).GroupBy(row => row.Account))
        {
            foreach (var list in account.Chunk(ListSize))
            {
                var operation = (await stock.SubmitAsync(account.Key, list.Select(row => (row.Sku, row.Payload)), isSynchronous: false))!;
                await RivalTables.MarkAsync(database, "SUBMITTED", list.Select(row => row.Id));
                operations.Add(operation);
            }
        }

        return operations;
    }

    private static async Task PollAsync(StockClient stock, NpgsqlDataSource database, List<string> operations)
    {
        // It looks first after ten seconds, as it did.
        await Task.Delay(PollEvery, TimeProvider.System);
        await Waiting.UntilAsync("the end of all operations", () => AreDoneAsync(stock, operations), PollEvery);
        await RivalTables.MarkAsync(database, "SYNCED", await RivalTables.ListSubmittedAsync(database));
    }

    private static async Task<bool> AreDoneAsync(StockClient stock, List<string> operations)
    {
        foreach (var operation in operations.ToList())
        {
            if (await stock.IsDoneAsync(operation))
                operations.Remove(operation);
        }

        return operations.Count == 0;
    }
}
