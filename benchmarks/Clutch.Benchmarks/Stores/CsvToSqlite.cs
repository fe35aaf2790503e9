using System.Globalization;
using Clutch.Benchmarks.Processes;
using Clutch.Files;
using Clutch.Relational;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Benchmarks.Stores;

/// <summary>P2s: how fast does a CSV file get into SQLite (WAL, NORMAL), against sqlite3's .import?</summary>
internal static class CsvToSqlite
{
    private const string Import = "sqlite3 .import";
    private const string Ten = "chunk 10,000";

    // As Clutch sets them; journal_mode is kept in the file.
    private const string Settings = "PRAGMA synchronous=NORMAL; PRAGMA cache_size=-8192; PRAGMA wal_autocheckpoint=4000;";

    public static async Task RunAsync(BenchmarkOptions options)
    {
        var rows = options.RowsOr(1_000_000);
        var folder = Directory.CreateTempSubdirectory("clutch-p2s-").FullName;
        var path = Path.Combine(folder, "p2s.db");
        var file = Product.File(folder, 1, rows);
        async Task<Measurement> FilledAsync(Func<Task<Measurement>> fill)
        {
            foreach (var left in Directory.GetFiles(folder, $"{Path.GetFileName(path)}*"))
                File.Delete(left);
            var measured = await fill();
            StoreJobs.Expect(rows, long.Parse(await Programs.ReadAsync("sqlite3", [path, "SELECT count(*) FROM product"]), CultureInfo.InvariantCulture));
            return measured;
        }

        var comparison = await new Comparison(options.Output, $"P2s: CSV to SQLite (WAL, synchronous NORMAL), {rows:N0} rows")
            .Add(Import, () => FilledAsync(() => ImportAsync(path, file, rows)))
            .Add(Ten, () => FilledAsync(() => EngineAsync(path, file, 10_000, rows)))
            .Add("chunk 1,000", () => FilledAsync(() => EngineAsync(path, file, 1_000, rows)))
            .RunAsync(options.Runs);
        comparison.Write();
        var version = (await Programs.ReadAsync("sqlite3", ["--version"])).Split(' ')[0];
        options.Output.WriteLine($"sqlite3 is version {version}, with the settings of Clutch: `{Settings}` All times end when the log is written back into the database file.");
        options.Output.WriteLine();
        options.Aims.AtLeast("chunks of 10,000 against .import", 1.4, comparison.Speed(Ten, Import).Median);
    }

    // It writes the log back when it closes the file.
    private static async Task<Measurement> ImportAsync(string path, string file, int rows)
    {
        await Programs.ReadAsync("sqlite3", [path, $"PRAGMA journal_mode=WAL; CREATE TABLE product {Product.SqliteTable};"]);
        return await StoreJobs.TimeAsync(rows, "sqlite3", [path, "-cmd", Settings, $".import --csv --skip 1 {file} product"]);
    }

    private static async Task<Measurement> EngineAsync(string path, string file, int chunkSize, int rows)
    {
        await using var services = await StoreJobs.OpenAsync(
            services => services.AddClutchSqlite($"Data Source={path}"),
            clutch => clutch.AddJob("import", job => job.WithRun().Step("import", step => step
                .Read(_ => DelimitedFile.Reader(file, Product.From))
                .Write(context => context.Services.BulkInsert(Product.Map()))
                .ChunkSize(chunkSize))));
        await services.ExecuteAsync($"CREATE TABLE product {Product.SqliteTable}");
        return await Measurement.OfAsync(rows, async () =>
        {
            await StoreJobs.RunAsync(services, "import");
            if (await services.NumberAsync("PRAGMA wal_checkpoint(TRUNCATE)") != 0)
                throw new InvalidOperationException("The log could not be written back: somebody still reads.");
        });
    }
}
