using System.Globalization;
using Clutch.Relational;
using Clutch.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Benchmarks.Stores;

/// <summary>P3: how fast do rows get from one PostgreSQL table through a processor into another, against a statement that never leaves the server?</summary>
internal static class TableToTable
{
    private const string InServer = "INSERT .. SELECT in the server";
    private const string Ten = "chunk 10,000";
    private const string Select = "INSERT INTO target SELECT id, sku, name, qty + 1, price, updated_at, payload FROM source";

    public static async Task RunAsync(BenchmarkOptions options)
    {
        var rows = options.RowsOr(1_000_000);
        await using var server = await TemporaryPostgreSql.StartAsync();
        await using var services = await StoreJobs.OpenAsync(
            services => services.AddClutchPostgreSql(server.ConnectionString),
            clutch =>
            {
                foreach (var chunkSize in (int[])[10_000, 1_000])
                {
                    clutch.AddJob($"chunk-{chunkSize}", job => job.WithRun().Step("copy", step => step
                        .Read(context => context.Services.KeysetReader(Product.Query("source")))
                        .Process(product => product with { Qty = product.Qty + 1 })
                        .Write(context => context.Services.BulkInsert(Product.Map("target")))
                        .ChunkSize(chunkSize)));
                }
            });
        await services.ExecuteAsync($"CREATE TABLE source {Product.PostgreSqlTable}");
        await services.ExecuteAsync($"CREATE TABLE target {Product.PostgreSqlTable}");
        await Product.FillAsync(services, "source", rows);

        async Task<Measurement> MeasureAsync(Func<Task> work)
        {
            await services.ExecuteAsync("TRUNCATE target");
            await services.CheckpointAsync();
            var measured = await Measurement.OfAsync(rows, work);
            await services.ExpectAsync("target", rows);
            return measured;
        }

        var comparison = new Comparison(options.Output, string.Create(CultureInfo.InvariantCulture, $"P3: PostgreSQL table, processor, other table, {rows:N0} rows, keyset reader and bulk insert"))
            .Add(InServer, () => MeasureAsync(() => services.ExecuteAsync(Select)))
            .Add("the same, ORDER BY id", () => MeasureAsync(() => services.ExecuteAsync($"{Select} ORDER BY id")))
            .Add(Ten, () => MeasureAsync(() => StoreJobs.RunAsync(services, "chunk-10000")))
            .Add("chunk 1,000", () => MeasureAsync(() => StoreJobs.RunAsync(services, "chunk-1000")));
        (await comparison.RunAsync(options.Runs)).Write();
        options.Aims.AtLeast("chunks of 10,000 against INSERT .. SELECT", 0.42, comparison.Speed(Ten, InServer).Median);
    }
}
