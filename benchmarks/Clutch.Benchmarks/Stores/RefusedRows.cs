using System.Globalization;
using Clutch.Items;
using Clutch.Relational;
using Clutch.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Benchmarks.Stores;

/// <summary>P5: what do rows cost that the database refuses, by a CHECK or a unique constraint, and that are skipped with a dead letter each?</summary>
internal static class RefusedRows
{
    private const int ChunkSize = 1_000;

    public static async Task RunAsync(BenchmarkOptions options)
    {
        var rows = options.RowsOr(100_000);
        var folder = Directory.CreateTempSubdirectory("clutch-p5-").FullName;
        await using (var server = await TemporaryPostgreSql.StartAsync())
            await MeasureAsync(options, rows, "PostgreSQL", Product.PostgreSqlTable, services => services.AddClutchPostgreSql(server.ConnectionString));
        await MeasureAsync(options, rows, "SQLite", Product.SqliteTable, services => services.AddClutchSqlite($"Data Source={Path.Combine(folder, "p5.db")}"));
        Directory.Delete(folder, recursive: true);
    }

    private static async Task MeasureAsync(BenchmarkOptions options, int rows, string name, string columns, Action<IServiceCollection> store)
    {
        var calls = new Dictionary<string, int>(StringComparer.Ordinal);
        (string Name, int Every, Refusal Refusal)[] variants =
        [
            ("none refused", 0, Refusal.Check),
            ("0.1 % by CHECK", 1_000, Refusal.Check),
            ("0.1 % by UNIQUE", 1_000, Refusal.Unique),
            ("1 % by CHECK", 100, Refusal.Check),
            ("1 % by UNIQUE", 100, Refusal.Unique),
        ];
        await using var services = await StoreJobs.OpenAsync(store, clutch =>
        {
            foreach (var (job, every, refusal) in variants)
            {
                var products = Make(rows, every, refusal);
                clutch.AddJob(job, definition => definition.WithRun().Step("write", step => step
                    .ReadFrom(products)
                    .Write(context => new CallCounter(context.Services.BulkInsert(Product.Map()), () => calls[job] = calls.GetValueOrDefault(job) + 1))
                    .ChunkSize(ChunkSize)
                    .Skip<Exception>(limit: rows)));
            }
        });
        await services.ExecuteAsync($"CREATE TABLE product {columns.TrimEnd()[..^1]}, CHECK (qty >= 0), UNIQUE (sku))");
        async Task<Measurement> RunAsync(string job, int every)
        {
            await services.ExecuteAsync("DELETE FROM product");
            if (name == "PostgreSQL")
                await services.ExecuteAsync("TRUNCATE product");
            calls[job] = 0;
            var measured = await Measurement.OfAsync(rows, () => StoreJobs.RunAsync(services, job));
            await services.ExpectAsync("product", every == 0 ? rows : rows - (rows / every));
            return measured;
        }

        var comparison = new Comparison(options.Output, string.Create(CultureInfo.InvariantCulture, $"P5: rows that {name} refuses, {rows:N0} rows, chunk {ChunkSize:N0}"));
        foreach (var (job, every, _) in variants)
            comparison.Add(job, () => RunAsync(job, every));
        (await comparison.RunAsync(options.Runs)).Write();
        foreach (var (job, _, _) in variants)
            options.Output.WriteLine($"- {job}: {comparison.Cost(job, "none refused").Text("0.00")}x the cost, {calls[job].ToString(CultureInfo.InvariantCulture)} writer calls");
        options.Output.WriteLine();
        options.Output.WriteLine("Aim: at most 1.5x the cost with 0.1 %, 4x with 1 %.");
        options.Output.WriteLine();
    }

    private static Product[] Make(int rows, int every, Refusal refusal)
    {
        var random = new Random(5);
        var refused = new HashSet<long>();
        // One in each stretch, at a random place: the rate is the same everywhere, the distances are not.
        for (var start = 1; every > 0 && start <= rows; start += every)
            refused.Add(start + 1 + random.Next(every - 1));
        return [.. Enumerable.Range(1, rows).Select(number => Product.Make(number)).Select(product => refused.Contains(product.Id) ? Spoil(product, refusal) : product)];
    }

    private static Product Spoil(Product product, Refusal refusal) => refusal is Refusal.Check
        ? product with { Qty = -1 }
        : product with { Sku = Product.Make(1).Sku };

    private enum Refusal
    {
        Check,
        Unique,
    }

    private sealed class CallCounter(IItemWriter<Product> inner, Action onCall) : IItemWriter<Product>
    {
        public ValueTask WriteAsync(WriteBatch<Product> batch, ChunkContext chunk, CancellationToken cancellationToken)
        {
            onCall();
            return inner.WriteAsync(batch, chunk, cancellationToken);
        }
    }
}
