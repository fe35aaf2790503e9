using System.Globalization;
using Clutch.Benchmarks.Stores;
using Clutch.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Benchmarks.Engine;

/// <summary>P1b: what does a chunk cost when its checkpoint is committed to PostgreSQL, and what travels for it?</summary>
internal static class ChunkCommitCost
{
    private const int ChunkSize = 1_000;
    private const int CountedChunks = 100;

    public static async Task RunAsync(BenchmarkOptions options)
    {
        var items = options.RowsOr(1_000_000);
        var chunks = items / (double)ChunkSize;
        await using var server = await TemporaryPostgreSql.StartAsync();
        await using var stored = await OpenAsync(server.ConnectionString, items);
        await using var inMemory = await StoreJobs.OpenAsync(_ => { }, clutch => AddJob(clutch, "move", items));
        var comparison = await new Comparison(options.Output, string.Create(CultureInfo.InvariantCulture, $"P1b: a checkpoint a chunk, {items:N0} items in memory, chunk {ChunkSize:N0}"))
            .Add("in-memory repository", () => Measurement.OfAsync(items, () => StoreJobs.RunAsync(inMemory, "move")))
            .Add("PostgreSQL repository", () => Measurement.OfAsync(items, () => StoreJobs.RunAsync(stored, "move")))
            .RunAsync(options.Runs);
        comparison.Write();
        var perChunk = Spread.Of(comparison.Of("PostgreSQL repository").Zip(comparison.Of("in-memory repository"), (store, memory) => (store.Seconds - memory.Seconds) * 1_000 / chunks));
        options.Output.WriteLine($"A chunk: {perChunk.Text("0.00")} ms above the in-memory repository; aim: at most 1.5 ms.");
        var traffic = await CountAsync(server.ConnectionString);
        options.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"A chunk on the wire (counted): {traffic.RoundTrips / (double)CountedChunks:0.00} round trips, {traffic.Statements / (double)CountedChunks:0.00} statements with BEGIN and COMMIT, {traffic.Transactions / (double)CountedChunks:0.00} transactions; aim: one round trip, which is the commit's own."));
        options.Output.WriteLine();
    }

    /// <summary>The difference between two jobs, one of which has that many chunks more.</summary>
    private static async Task<Traffic> CountAsync(string connectionString)
    {
        await using var proxy = CountingProxy.Before(connectionString);
        await using var services = await StoreJobs.OpenAsync(
            services => services.AddClutchPostgreSql(proxy.ConnectionString),
            clutch =>
            {
                AddJob(clutch, "warm", CountedChunks * ChunkSize);
                AddJob(clutch, "few", CountedChunks * ChunkSize);
                AddJob(clutch, "many", 2 * CountedChunks * ChunkSize);
            });
        await StoreJobs.RunAsync(services, "warm");
        var few = await proxy.CountAsync(() => StoreJobs.RunAsync(services, "few"));
        return await proxy.CountAsync(() => StoreJobs.RunAsync(services, "many")) - few;
    }

    private static Task<ServiceProvider> OpenAsync(string connectionString, int items) =>
        StoreJobs.OpenAsync(services => services.AddClutchPostgreSql(connectionString), clutch => AddJob(clutch, "move", items));

    private static void AddJob(Hosting.ClutchBuilder clutch, string name, int items) => clutch.AddJob(name, job => job.WithRun()
        .Step("move", step => step.Read(_ => new CountingReader(items)).Process(Output.Of).Write(_ => new SummingWriter()).ChunkSize(ChunkSize)));
}
