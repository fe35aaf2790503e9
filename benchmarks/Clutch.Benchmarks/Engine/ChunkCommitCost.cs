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
    private const string InMemory = "in-memory repository";
    private const string Stored = "PostgreSQL repository";

    public static async Task RunAsync(BenchmarkOptions options)
    {
        var items = options.RowsOr(1_000_000);
        var chunks = items / (double)ChunkSize;
        await using var server = await TemporaryPostgreSql.StartAsync();
        await using var stored = await OpenAsync(server.ConnectionString, items);
        await using var inMemory = await StoreJobs.OpenAsync(_ => { }, clutch => AddJob(clutch, "move", items));
        var comparison = await new Comparison(options.Output, string.Create(CultureInfo.InvariantCulture, $"P1b: a checkpoint a chunk, {items:N0} items in memory, chunk {ChunkSize:N0}"))
            .Add(InMemory, () => Measurement.OfAsync(items, () => StoreJobs.RunAsync(inMemory, "move")))
            .Add(Stored, () => Measurement.OfAsync(items, () => StoreJobs.RunAsync(stored, "move")))
            .RunAsync(options.Runs);
        comparison.Write();
        var perChunk = comparison.Pairs(Stored, InMemory, (store, memory) => (store.Seconds - memory.Seconds) * 1_000 / chunks);
        var traffic = await CountAsync(server.ConnectionString);
        var roundTrips = traffic.RoundTrips / (double)CountedChunks;
        options.Output.WriteLine($"A chunk: {perChunk.Text("0.00")} ms above the in-memory repository.");
        options.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"A chunk on the wire (counted): {roundTrips:0.00} round trips, {traffic.Statements / (double)CountedChunks:0.00} statements with BEGIN and COMMIT, {traffic.Transactions / (double)CountedChunks:0.00} transactions."));
        options.Aims.AtMost("a chunk above the in-memory repository", 1.5, perChunk.Median, " ms");
        options.Aims.AtMost("round trips a chunk, its commit among them", 1, roundTrips, " round trips");
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
