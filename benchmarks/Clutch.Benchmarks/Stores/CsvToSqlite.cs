using Clutch.Files;
using Clutch.Relational;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Benchmarks.Stores;

/// <summary>P2s: how fast does a CSV file get into SQLite (WAL, NORMAL), against sqlite3's .import?</summary>
internal static class CsvToSqlite
{
    public static async Task RunAsync(BenchmarkOptions options)
    {
        var rows = options.RowsOr(1_000_000);
        var folder = Directory.CreateTempSubdirectory("clutch-p2s-").FullName;
        var file = Product.File(folder, 1, rows);
        var number = 0;
        var comparison = new Comparison(options.Output, $"P2s: CSV to SQLite (WAL, synchronous NORMAL), {rows:N0} rows")
            .Add("sqlite3 .import", async () =>
            {
                var path = Path.Combine(folder, $"import-{++number}.db");
                await StoreJobs.TimeAsync(1, "sqlite3", [path, $"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; CREATE TABLE product {Product.SqliteTable};"]);
                var measured = await StoreJobs.TimeAsync(rows, "sqlite3", [path, "-cmd", "PRAGMA synchronous=NORMAL", $".import --csv --skip 1 {file} product"]);
                File.Delete(path);
                return measured;
            });
        foreach (var chunkSize in (int[])[10_000, 1_000])
            comparison.Add($"chunk {chunkSize:N0}", () => EngineAsync(Path.Combine(folder, $"engine-{++number}.db"), file, chunkSize, rows));
        (await comparison.RunAsync(options.Runs)).Write();
        options.Output.WriteLine("Aim, against .import: 1.4x at 10,000.");
        options.Output.WriteLine();
        Directory.Delete(folder, recursive: true);
    }

    private static async Task<Measurement> EngineAsync(string path, string file, int chunkSize, int rows)
    {
        Measurement measured;
        await using (var services = await StoreJobs.OpenAsync(
            services => services.AddClutchSqlite($"Data Source={path}"),
            clutch => clutch.AddJob("import", job => job.WithRun().Step("import", step => step
                .Read(_ => DelimitedFile.Reader(file, Product.From))
                .Write(context => context.Services.BulkInsert(Product.Map()))
                .ChunkSize(chunkSize)))))
        {
            await services.ExecuteAsync($"CREATE TABLE product {Product.SqliteTable}");
            measured = await Measurement.OfAsync(rows, () => StoreJobs.RunAsync(services, "import"));
            await services.ExpectAsync("product", rows);
        }

        foreach (var left in Directory.GetFiles(Path.GetDirectoryName(path)!, $"{Path.GetFileName(path)}*"))
            File.Delete(left);
        return measured;
    }
}
