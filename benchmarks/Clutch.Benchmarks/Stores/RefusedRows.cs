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
    private const string NoneRefused = "none refused";

    public static async Task RunAsync(BenchmarkOptions options)
    {
        var rows = options.RowsOr(100_000);
        var folder = Directory.CreateTempSubdirectory("clutch-p5-").FullName;
        await using (var server = await TemporaryPostgreSql.StartAsync())
            await MeasureAsync(options, rows, "PostgreSQL", Product.PostgreSqlTable, "TRUNCATE", services => services.AddClutchPostgreSql(server.ConnectionString));
        await MeasureAsync(options, rows, "SQLite", Product.SqliteTable, "DELETE FROM", services => services.AddClutchSqlite($"Data Source={Path.Combine(folder, "p5.db")}"));
    }

    private static async Task MeasureAsync(BenchmarkOptions options, int rows, string store, string columns, string empty, Action<IServiceCollection> add)
    {
        Variant[] variants =
        [
            Make(NoneRefused, rows, 0, Refusal.Check, mostCost: 1),
            Make("0.1 % by CHECK", rows, 1_000, Refusal.Check, mostCost: 1.5),
            Make("0.1 % by UNIQUE", rows, 1_000, Refusal.Unique, mostCost: 1.5),
            Make("1 % by CHECK", rows, 100, Refusal.Check, mostCost: 4),
            Make("1 % by UNIQUE", rows, 100, Refusal.Unique, mostCost: 4),
        ];
        var calls = new Dictionary<string, int>(StringComparer.Ordinal);
        await using var services = await StoreJobs.OpenAsync(add, clutch =>
        {
            foreach (var (job, products, _, _) in variants)
            {
                clutch.AddJob(job, definition => definition.WithRun().Step("write", step => step
                    .ReadFrom(products)
                    .Write(context => new CallCounter(context.Services.BulkInsert(Product.Map()), () => calls[job]++))
                    .ChunkSize(ChunkSize)
                    .Skip<Exception>(limit: rows)));
            }
        });
        await services.ExecuteAsync($"CREATE TABLE product {columns.TrimEnd()[..^1]}, CHECK (qty >= 0), UNIQUE (sku))");
        async Task<Measurement> RunAsync(Variant variant)
        {
            await services.ExecuteAsync($"{empty} product");
            await services.ExecuteAsync($"{empty} clutch_dead_letter");
            calls[variant.Name] = 0;
            var measured = await Measurement.OfAsync(rows, () => StoreJobs.RunAsync(services, variant.Name));
            await services.ExpectAsync("product", rows - variant.RefusedCount);
            await services.ExpectAsync("clutch_dead_letter", variant.RefusedCount);
            return measured;
        }

        var comparison = new Comparison(options.Output, string.Create(CultureInfo.InvariantCulture, $"P5: rows that {store} refuses, {rows:N0} rows, chunk {ChunkSize:N0}"));
        foreach (var variant in variants)
            comparison.Add(variant.Name, () => RunAsync(variant));
        (await comparison.RunAsync(options.Runs)).Write();
        foreach (var (name, _, _, mostCost) in variants)
        {
            var cost = comparison.Cost(name, NoneRefused);
            options.Output.WriteLine($"- {name}: {cost.Text("0.00")}x the cost, {calls[name].ToString(CultureInfo.InvariantCulture)} writer calls");
            if (name != NoneRefused)
                options.Aims.AtMost($"{store}: {name} against none", mostCost, cost.Median);
        }

        options.Output.WriteLine();
    }

    private static Variant Make(string name, int rows, int every, Refusal refusal, double mostCost)
    {
        var random = new Random(5);
        var refused = new HashSet<long>();
        // One in each stretch, at a random place: the rate is the same everywhere, the distances are not.
        for (var start = 1; every > 0 && start + every <= rows + 1; start += every)
            refused.Add(start + 1 + random.Next(every - 1));
        var products = Enumerable.Range(1, rows).Select(number => Product.Make(number)).Select(product => refused.Contains(product.Id) ? Spoil(product, refusal) : product);
        return new(name, [.. products], refused.Count, mostCost);
    }

    private static Product Spoil(Product product, Refusal refusal) => refusal is Refusal.Check
        ? product with { Qty = -1 }
        : product with { Sku = Product.Make(1).Sku };

    private sealed record Variant(string Name, Product[] Products, int RefusedCount, double MostCost);

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
