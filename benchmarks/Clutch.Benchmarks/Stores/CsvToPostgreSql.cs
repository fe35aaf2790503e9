using Clutch.Files;
using Clutch.Hosting;
using Clutch.Relational;
using Clutch.Steps;
using Clutch.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Benchmarks.Stores;

/// <summary>P2: how fast does a CSV file get into PostgreSQL, with the checkpoint in each chunk's transaction, against psql's \copy?</summary>
internal static class CsvToPostgreSql
{
    private const string Copy = "psql \\copy";
    private const string Ten = "chunk 10,000";
    private const string One = "chunk 1,000";
    private const string Partitions = "chunk 10,000, 2 partitions";

    public static async Task RunAsync(BenchmarkOptions options)
    {
        var rows = options.RowsOr(1_000_000);
        var folder = Directory.CreateTempSubdirectory("clutch-p2-").FullName;
        await using var server = await TemporaryPostgreSql.StartAsync();
        var whole = Product.File(folder, 1, rows);
        string[] halves = [Product.File(folder, 1, rows / 2), Product.File(folder, (rows / 2) + 1, rows)];
        void AddJobs(ClutchBuilder clutch)
        {
            foreach (var chunkSize in (int[])[10_000, 5_000, 1_000])
            {
                clutch.AddJob($"chunk-{chunkSize}", job => job.WithRun().Step("import", step => step
                    .Read(_ => DelimitedFile.Reader(whole, Product.From))
                    .Write(context => context.Services.BulkInsert(Product.Map()))
                    .ChunkSize(chunkSize)));
            }

            clutch.AddJob("two-partitions", job => job.WithRun().Step("import", step => step
                .Read(_ => DelimitedFile.Reader(InputFiles.OfPartition, Product.From))
                .Write(context => context.Services.BulkInsert(Product.Map()))
                .ChunkSize(10_000)
                .Partition(_ => Partitioners.Of(halves), concurrency: 2)));
        }

        await using var services = await StoreJobs.OpenAsync(services => services.AddClutchPostgreSql(server.ConnectionString), AddJobs);
        await using var relaxed = await StoreJobs.OpenAsync(
            services => services.AddClutchPostgreSql($"{server.ConnectionString};Options=-c synchronous_commit=off"), AddJobs);
        await services.ExecuteAsync($"CREATE TABLE product {Product.PostgreSqlTable}");
        async Task<Measurement> FilledAsync(Func<Task<Measurement>> fill)
        {
            await services.ExecuteAsync("TRUNCATE product");
            await services.CheckpointAsync();
            var measured = await fill();
            await services.ExpectAsync("product", rows);
            return measured;
        }

        Task<Measurement> EngineAsync(string job, IServiceProvider program) => FilledAsync(() => Measurement.OfAsync(rows, () => StoreJobs.RunAsync(program, job)));
        Task<Measurement> CopyAsync(params string[] files) => FilledAsync(() => StoreJobs.TimeAsync(rows, "psql",
            Array.ConvertAll(files, IReadOnlyList<string> (file) => [.. server.ClientArguments, "-v", "ON_ERROR_STOP=1", "-c", $"\\copy product from '{file}' csv header"])));

        var comparison = new Comparison(options.Output, $"P2: CSV to PostgreSQL, {rows:N0} rows, checkpoint in each chunk's transaction")
            .Add(Copy, () => CopyAsync(whole))
            .Add(Ten, () => EngineAsync("chunk-10000", services))
            .Add("chunk 5,000", () => EngineAsync("chunk-5000", services))
            .Add(One, () => EngineAsync("chunk-1000", services))
            .Add("chunk 10,000, synchronous_commit=off", () => EngineAsync("chunk-10000", relaxed))
            .Add("chunk 1,000, synchronous_commit=off", () => EngineAsync("chunk-1000", relaxed))
            .Add(Partitions, () => EngineAsync("two-partitions", services))
            .Add("two psql \\copy at once, half the rows each", () => CopyAsync(halves));
        (await comparison.RunAsync(options.Runs)).Write();
        options.Aims.AtLeast("chunks of 10,000 against \\copy", 1.3, comparison.Speed(Ten, Copy).Median);
        options.Aims.AtLeast("chunks of 1,000 against \\copy", 1, comparison.Speed(One, Copy).Median);
        options.Aims.AtLeast("two partitions against one \\copy", 1.8, comparison.Speed(Partitions, Copy).Median);
        options.Output.WriteLine("The program runs with ConcurrentGarbageCollection off: collections then are fewer, and during one the server waits for rows. It costs memory (see P12, which runs with the default).");
        options.Output.WriteLine("With synchronous_commit=off a crash of the server may lose the last chunks, but their checkpoints with them: a restart writes them again. It shows what waiting for the disk costs.");
        options.Output.WriteLine();
    }
}
