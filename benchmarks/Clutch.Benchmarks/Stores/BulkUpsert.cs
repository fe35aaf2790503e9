using System.Globalization;
using Clutch.Relational;
using Clutch.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Benchmarks.Stores;

/// <summary>P3u: how fast are rows brought up to date by key, in chunks with a checkpoint each, against one statement over all; and what does a run cost that changes nothing?</summary>
internal static class BulkUpsert
{
    private const int ChunkSize = 10_000;
    private const string Program = "clutch-upsert";
    private const string Changed = "chunks, all changed";
    private const string Unchanged = "chunks again, nothing changed";

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
        await using var services = await StoreJobs.OpenAsync(services => services.AddClutchPostgreSql(server.ConnectionString), _ => { });
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

        var written = new Dictionary<string, List<Written>>(StringComparer.Ordinal) { [Changed] = [], [Unchanged] = [] };
        async Task<Measurement> EngineAsync(string name)
        {
            await services.ExecuteAsync("VACUUM product");
            var before = await WrittenAsync(services);
            Measurement measured;
            await using (var program = await StoreJobs.OpenAsync(
                services => services.AddClutchPostgreSql($"{server.ConnectionString};Application Name={Program}"),
                clutch => clutch.AddJob("upsert", job => job.WithRun().Step("upsert", builder => builder
                    .ReadFrom(_ => changed.ToAsyncEnumerable())
                    .Write(context => context.Services.BulkUpsert(Product.Map()))
                    .ChunkSize(ChunkSize)))))
            {
                measured = await Measurement.OfAsync(count, () => StoreJobs.RunAsync(program, "upsert"));
            }

            var after = await WrittenAsync(services);
            written[name].Add(new(after.Rows - before.Rows, after.Dead));
            return measured;
        }

        var comparison = new Comparison(options.Output, string.Create(CultureInfo.InvariantCulture, $"P3u: bulk upsert, {count:N0} changed of {rows:N0}, unsorted, chunk {ChunkSize:N0}"))
            .Add("by hand: COPY, one INSERT .. ON CONFLICT", ByHandAsync)
            .Add(Changed, () =>
            {
                Change();
                return EngineAsync(Changed);
            })
            .Add(Unchanged, () => EngineAsync(Unchanged));
        (await comparison.RunAsync(options.Runs)).Write();
        // The counters must have seen what is known to be written, or their silence would prove nothing.
        if (written[Changed].Exists(run => run.Rows != count))
            throw new InvalidOperationException($"The server counted {string.Join(", ", written[Changed])} where {count} rows were changed.");
        var most = written[Unchanged].MaxBy(run => run.Rows + run.Dead)!;
        options.Output.WriteLine($"Run again with nothing changed: {comparison.Cost(Unchanged, Changed).Text("0.00")}x the cost, at most {most.Rows.ToString(CultureInfo.InvariantCulture)} rows written and {most.Dead.ToString(CultureInfo.InvariantCulture)} dead (pg_stat_user_tables, which counted all {count.ToString(CultureInfo.InvariantCulture)} where they were changed).");
        options.Output.WriteLine("Aim: 1.2x by hand; the run again at most 0.7x the cost and 0 dead rows.");
        options.Output.WriteLine();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>Rows inserted, updated and deleted since ever, and those dead now. A server process tells its counts for certain only when it ends.</summary>
    private static async Task<Written> WrittenAsync(IServiceProvider services)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        while (await services.CountAsync($"pg_stat_activity WHERE application_name = '{Program}'") > 0)
            await timer.WaitForNextTickAsync();
        return (await services.GetRequiredService<RelationalDatabase>().QueryAsync(
            new Statement("SELECT n_tup_ins + n_tup_upd + n_tup_del, n_dead_tup FROM pg_stat_user_tables WHERE relname = 'product'"),
            Rows.All(row => new Written(row.GetInt64(0), row.GetInt64(1))),
            CancellationToken.None))[0];
    }

    private sealed record Written(long Rows, long Dead);
}
