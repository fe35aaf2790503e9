using System.Globalization;
using Clutch.Relational;
using Clutch.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Benchmarks.Stores;

/// <summary>P3u: how fast are rows brought up to date by key, in chunks with a checkpoint each, against one statement over all; and what does a run cost that changes nothing?</summary>
internal static class BulkUpsert
{
    private const int ChunkSize = 10_000;

    // As one would write it by hand: everything into a temporary table, then one statement.
    private const string ByHand = """
        CREATE TEMPORARY TABLE stage (LIKE product) ON COMMIT DROP;
        \copy stage from '{file}' csv header
        INSERT INTO product SELECT * FROM stage
        ON CONFLICT (id) DO UPDATE SET sku = excluded.sku, name = excluded.name, qty = excluded.qty, price = excluded.price, updated_at = excluded.updated_at, payload = excluded.payload;
        """;

    public static async Task RunAsync(BenchmarkOptions options)
    {
        var rows = options.RowsOr(1_000_000);
        var step = 10;
        var count = rows / step;
        var folder = Directory.CreateTempSubdirectory("clutch-p3u-").FullName;
        var round = 0;
        var changed = Array.Empty<Product>();
        await using var server = await TemporaryPostgreSql.StartAsync();
        await using var services = await StoreJobs.OpenAsync(
            services => services.AddClutchPostgreSql(server.ConnectionString),
            clutch => clutch.AddJob("upsert", job => job.WithRun().Step("upsert", builder => builder
                .ReadFrom(_ => changed.ToAsyncEnumerable())
                .Write(context => context.Services.BulkUpsert(Product.Map()))
                .ChunkSize(ChunkSize))));
        await services.ExecuteAsync($"CREATE TABLE product {Product.PostgreSqlTable}");
        await Product.FillAsync(services, "product", rows);

        // Each round changes the same rows to something new, in an order that is not the key's.
        void Change()
        {
            round++;
            var random = new Random(round);
            changed = [.. Enumerable.Range(0, count).Select(number => Product.Make(1 + ((long)number * step)) with { Qty = 1_000 + round, Name = $"Round {round.ToString(CultureInfo.InvariantCulture)}" })];
            random.Shuffle(changed);
        }

        async Task<Measurement> ByHandAsync()
        {
            Change();
            await services.ExecuteAsync("VACUUM product");
            var script = Path.Combine(folder, "upsert.sql");
            var file = Product.File(folder, $"changed-{round.ToString(CultureInfo.InvariantCulture)}", changed);
            await File.WriteAllTextAsync(script, ByHand.Replace("{file}", file, StringComparison.Ordinal));
            var measured = await StoreJobs.TimeAsync(count, "psql", [.. server.ClientArguments, "-v", "ON_ERROR_STOP=1", "-1", "-f", script]);
            File.Delete(file);
            return measured;
        }

        async Task<Measurement> EngineAsync()
        {
            await services.ExecuteAsync("VACUUM product");
            return await Measurement.OfAsync(count, () => StoreJobs.RunAsync(services, "upsert"));
        }

        var dead = new List<long>();
        var comparison = new Comparison(options.Output, string.Create(CultureInfo.InvariantCulture, $"P3u: bulk upsert, {count:N0} changed of {rows:N0}, unsorted, chunk {ChunkSize:N0}"))
            .Add("by hand: COPY, one INSERT .. ON CONFLICT", ByHandAsync)
            .Add("chunks, all changed", () =>
            {
                Change();
                return EngineAsync();
            })
            .Add("chunks again, nothing changed", async () =>
            {
                var before = await UpdatesAsync(services);
                var measured = await EngineAsync();
                dead.Add(await UpdatesAsync(services) - before);
                return measured;
            });
        (await comparison.RunAsync(options.Runs)).Write();
        options.Output.WriteLine($"Run again with nothing changed: {comparison.Cost("chunks again, nothing changed", "chunks, all changed").Text("0.00")}x the cost, at most {dead.Max().ToString(CultureInfo.InvariantCulture)} rows written (n_tup_ins + n_tup_upd + n_dead_tup).");
        options.Output.WriteLine("Aim: 1.2x by hand; the run again at most 0.7x the cost and 0 dead rows.");
        options.Output.WriteLine();
        Directory.Delete(folder, recursive: true);
    }

    private static async Task<long> UpdatesAsync(IServiceProvider services)
    {
        // The server's counters come up to date when a session is idle; this asks for them at once.
        await services.ExecuteAsync("VACUUM product");
        await services.ExecuteAsync("SELECT pg_stat_force_next_flush()");
        return (await services.GetRequiredService<RelationalDatabase>().QueryAsync(
            new Statement("SELECT n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_user_tables WHERE relname = 'product'"),
            Rows.All(row => row.GetInt64(0)),
            CancellationToken.None))[0];
    }
}
