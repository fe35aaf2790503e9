using System.Globalization;
using Clutch.Files;
using Clutch.Relational;
using Clutch.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Benchmarks.Stores;

/// <summary>P3u: how fast are rows brought up to date by key, in chunks with a checkpoint each, against one statement over all; and what does a run cost that changes nothing?</summary>
internal static class BulkUpsert
{
    private const int ChunkSize = 10_000;
    private const int Step = 10;
    private const string Program = "clutch-upsert";
    private const string OneStatement = "by hand: COPY, one INSERT .. ON CONFLICT";
    private const string Changed = "chunks, all changed";
    private const string Unchanged = "chunks again, nothing changed";

    // As one would write it by hand: everything into a temporary table, then one statement.
    private const string ByHand = """
        CREATE TEMPORARY TABLE stage (LIKE product) ON COMMIT DROP;
        \copy stage from '{file}' csv header
        INSERT INTO product SELECT * FROM stage {order}
        ON CONFLICT (id) DO UPDATE SET sku = excluded.sku, name = excluded.name, qty = excluded.qty, price = excluded.price, updated_at = excluded.updated_at, payload = excluded.payload;
        """;

    public static async Task RunAsync(BenchmarkOptions options)
    {
        var rows = options.RowsOr(1_000_000);
        var folder = Directory.CreateTempSubdirectory("clutch-p3u-").FullName;
        await using var server = await TemporaryPostgreSql.StartAsync();
        await using var services = await StoreJobs.OpenAsync(services => services.AddClutchPostgreSql(server.ConnectionString), _ => { });
        await services.ExecuteAsync($"CREATE TABLE product {Product.PostgreSqlTable}");
        await Product.FillAsync(services, "product", rows);
        var changes = new Changes(folder, count: rows / Step);
        async Task<Measurement> AppliedAsync(Func<Task<Measurement>> apply)
        {
            await services.ExecuteAsync("VACUUM ANALYZE product");
            await services.CheckpointAsync();
            var measured = await apply();
            await services.ExpectAsync($"product WHERE qty = {changes.Qty.ToString(CultureInfo.InvariantCulture)}", changes.Count);
            return measured;
        }

        async Task<Measurement> ByHandAsync(string order)
        {
            var script = Path.Combine(folder, "upsert.sql");
            await File.WriteAllTextAsync(script, ByHand.Replace("{file}", changes.Next(), StringComparison.Ordinal).Replace("{order}", order, StringComparison.Ordinal));
            return await AppliedAsync(() => StoreJobs.TimeAsync(changes.Count, "psql", [.. server.ClientArguments, "-v", "ON_ERROR_STOP=1", "-1", "-f", script]));
        }

        var written = new Dictionary<string, List<Written>>(StringComparer.Ordinal) { [Changed] = [], [Unchanged] = [] };
        async Task<Measurement> EngineAsync(string name, string file)
        {
            Written? before = null;
            var measured = await AppliedAsync(async () =>
            {
                // After VACUUM, which passes over pages that somebody else is looking at.
                before = await WrittenAsync(services);
                return await UpsertAsync(server.ConnectionString, file, changes.Count);
            });
            var after = await WrittenAsync(services);
            written[name].Add(new(after.Rows - before!.Rows, after.Dead - before.Dead));
            return measured;
        }

        var comparison = new Comparison(options.Output, string.Create(CultureInfo.InvariantCulture, $"P3u: bulk upsert, {changes.Count:N0} changed of {rows:N0}, unsorted, chunk {ChunkSize:N0}, from a CSV file"))
            .Add(OneStatement, () => ByHandAsync(string.Empty))
            .Add("the same, ORDER BY id", () => ByHandAsync("ORDER BY id"))
            .Add(Changed, () => EngineAsync(Changed, changes.Next()))
            .Add(Unchanged, () => EngineAsync(Unchanged, changes.Last));
        (await comparison.RunAsync(options.Runs)).Write();
        // The counters must have seen what is known to be written, or their silence would prove nothing.
        if (written[Changed].Exists(run => run.Rows != changes.Count))
            throw new InvalidOperationException($"The server counted {string.Join(", ", written[Changed])} where {changes.Count} rows were changed.");
        var most = written[Unchanged].MaxBy(run => run.Rows + run.Dead)!;
        var again = comparison.Cost(Unchanged, Changed);
        options.Output.WriteLine($"Run again with nothing changed: {again.Text("0.00")}x the cost, at most {most.Rows.ToString(CultureInfo.InvariantCulture)} rows written and {most.Dead.ToString(CultureInfo.InvariantCulture)} dead (pg_stat_user_tables, which counted all {changes.Count.ToString(CultureInfo.InvariantCulture)} where they were changed).");
        options.Output.WriteLine();
        options.Aims.AtLeast("chunks against one statement by hand", 1.2, comparison.Speed(Changed, OneStatement).Median);
        options.Aims.AtMost("nothing changed against all changed", 0.7, again.Median);
        options.Aims.AtMost("dead rows where nothing changed", 0, most.Dead, " rows");
    }

    private static async Task<Measurement> UpsertAsync(string connectionString, string file, int count)
    {
        await using var program = await StoreJobs.OpenAsync(
            services => services.AddClutchPostgreSql($"{connectionString};Application Name={Program}"),
            clutch => clutch.AddJob("upsert", job => job.WithRun().Step("upsert", step => step
                .Read(_ => DelimitedFile.Reader(file, Product.From))
                .Write(context => context.Services.BulkUpsert(Product.Map()))
                .ChunkSize(ChunkSize))));
        return await Measurement.OfAsync(count, () => StoreJobs.RunAsync(program, "upsert"));
    }

    /// <summary>Rows inserted, updated and deleted since ever, and those dead now. A server process tells its counts for certain only when it ends.</summary>
    private static async Task<Written> WrittenAsync(IServiceProvider services)
    {
        for (var attempt = 0; await services.CountAsync($"pg_stat_activity WHERE application_name = '{Program}'") > 0; attempt++)
        {
            if (attempt == 1_000)
                throw new TimeoutException("The connections of the program that ended are still open.");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }

        return (await services.GetRequiredService<RelationalDatabase>().QueryAsync(
            new Statement("SELECT n_tup_ins + n_tup_upd + n_tup_del, n_dead_tup FROM pg_stat_user_tables WHERE relname = 'product'"),
            Rows.All(row => new Written(row.GetInt64(0), row.GetInt64(1))),
            CancellationToken.None))[0];
    }

    /// <summary>Files that change the same rows to something new, in an order that is not the key's.</summary>
    private sealed class Changes(string folder, int count)
    {
        private int _round;

        public int Count => count;

        /// <summary>What the last file sets as quantity, which no row had before.</summary>
        public int Qty => 1_000 + _round;

        /// <summary>The last file.</summary>
        public string Last { get; private set; } = string.Empty;

        public string Next()
        {
            _round++;
            if (Last.Length > 0)
                File.Delete(Last);
            var products = Enumerable.Range(0, count)
                .Select(number => Product.Make(1 + ((long)number * Step)) with { Qty = Qty, Name = $"Round {_round.ToString(CultureInfo.InvariantCulture)}" })
                .ToArray();
            new Random(_round).Shuffle(products);
            return Last = Product.File(folder, $"changed-{_round.ToString(CultureInfo.InvariantCulture)}", products);
        }
    }

    private sealed record Written(long Rows, long Dead);
}
