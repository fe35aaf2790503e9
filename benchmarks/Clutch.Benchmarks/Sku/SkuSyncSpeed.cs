using System.Globalization;
using System.Text.Json;
using Clutch.Benchmarks.Results;
using Clutch.Testing;
using Npgsql;

namespace Clutch.Benchmarks.Sku;

/// <summary>P7: how long does it take until the target has every SKU, item by item, as the published job does it, and as SkuSync does it?</summary>
internal static class SkuSyncSpeed
{
    private const int NaiveCount = 2_000;

    private static readonly string[] Stores = ["sqlite", "postgresql"];

    // The rates of the specification's fault plan; half of the errors and resets come after the call took effect.
    private static readonly JsonElement Faults = JsonElement.Parse("""
        { "rules": [
            { "kind": "ServerError", "rate": 0.05 }, { "kind": "Reset", "rate": 0.02 }, { "kind": "TooMany", "rate": 0.01, "minSeconds": 1, "maxSeconds": 3 }, { "kind": "Slow", "rate": 0.05, "factor": 5 } ] }
        """);

    private static readonly Variant[] Variants =
    [
        new("c4", ["--Sku:Concurrency=4"], Start.Empty),
        new("c16", ["--Sku:Concurrency=16"], Start.Empty),
        new("c32", ["--Sku:Concurrency=32"], Start.Empty),
        new("delta", ["--Sku:Concurrency=16"], Start.Changed),
        new("delta4", ["--Sku:Concurrency=16", "--Sku:ListingRanges=4"], Start.Changed),
        new("nochange", ["--Sku:Concurrency=16"], Start.Synced),
        new("faults", ["--Sku:Concurrency=16"], Start.Empty) { HasFaults = true },
    ];

    /// <summary>What is there when the clock starts.</summary>
    private enum Start
    {
        /// <summary>Nothing.</summary>
        Empty,

        /// <summary>Everything is synchronised.</summary>
        Synced,

        /// <summary>Everything was synchronised, then 2 % changed.</summary>
        Changed,
    }

    public static async Task RunAsync(BenchmarkOptions options)
    {
        var count = options.RowsOr(50_000);
        await using var programs = await SkuPrograms.BuildAsync();
        await using var server = await TemporaryPostgreSql.StartAsync();
        var results = new Results(count);
        for (var run = 0; run < options.Runs; run++)
        {
            await MeasureRivalsAsync(options, programs, server, results, count);
            foreach (var variant in Variants.Where(variant => options.Takes(variant.Name)))
            {
                foreach (var store in Stores.Where(options.TakesStore))
                    await results.AddAsync($"{variant.Name}, {store}", () => MeasureAsync(programs, server, variant, store, count), options.Progress);
            }
        }

        results.Write(options.Output);
    }

    private static async Task MeasureRivalsAsync(BenchmarkOptions options, SkuPrograms programs, TemporaryPostgreSql server, Results results, int count)
    {
        if (!options.Takes("naive") && !options.Takes("original"))
            return;
        await using var database = NpgsqlDataSource.Create(server.ConnectionString);
        if (options.Takes("naive"))
        {
            await programs.ForgetWorldAsync();
            await programs.StartWorldAsync(NaiveCount, timeScale: 1);
            await results.AddAsync(Results.Naive, async () => Extrapolated(await NaiveSync.RunAsync(new(programs.Client, programs.Url), database, NaiveCount), count), options.Progress);
        }

        if (options.Takes("original"))
        {
            await programs.ForgetWorldAsync();
            await programs.StartWorldAsync(count, timeScale: 1);
            await results.AddAsync("original", async () => await OriginalSync.RunAsync(new(programs.Client, programs.Url), database, count) with { Calls = await programs.CallsAsync() }, options.Progress);
        }
    }

    private static SkuRun Extrapolated(double seconds, int count) => new(double.NaN, double.NaN, seconds * count / NaiveCount, count, Calls: 0, CpuSeconds: double.NaN, PeakMegabytes: double.NaN);

    private static async Task<SkuRun> MeasureAsync(SkuPrograms programs, TemporaryPostgreSql server, Variant variant, string store, int count)
    {
        var connectionString = store == "sqlite" ? $"Data Source={Path.Combine(programs.Folder, $"{Guid.NewGuid():N}.db")}" : await CreateDatabaseAsync(server);
        await programs.ForgetWorldAsync();
        if (variant.Start is not Start.Empty)
        {
            await programs.StartWorldAsync(count, timeScale: 0);
            await programs.SyncAsync(store, connectionString);
        }

        await programs.StartWorldAsync(count, timeScale: 1);
        if (variant.Start is Start.Changed)
            await programs.PostAsync("control/stock/change?percent=2");
        if (variant.HasFaults)
            await programs.PostAsync("control/faults", Faults);
        return await programs.SyncAsync(store, connectionString, variant.Settings);
    }

    private static async Task<string> CreateDatabaseAsync(TemporaryPostgreSql server)
    {
        var name = $"sku_{Guid.NewGuid():N}";
        await using var database = NpgsqlDataSource.Create(server.ConnectionString);
        await using var create = database.CreateCommand($"CREATE DATABASE {name}");
        await create.ExecuteNonQueryAsync();
        return new NpgsqlConnectionStringBuilder(server.ConnectionString) { Database = name }.ConnectionString;
    }

    private sealed record Variant(string Name, string[] Settings, Start Start)
    {
        public bool HasFaults { get; init; }
    }

    /// <summary>The runs of all variants.</summary>
    private sealed class Results(int count)
    {
        public const string Naive = "naive";

        private readonly Dictionary<string, List<SkuRun>> _runs = new(StringComparer.Ordinal);

        public async Task AddAsync(string name, Func<Task<SkuRun>> measure, TextWriter progress)
        {
            var run = await measure();
            if (!_runs.TryGetValue(name, out var list))
                _runs[name] = list = [];
            list.Add(run);
            await progress.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"{name}: ingest {run.Ingest:0.0} accepted {run.Accepted:0.0} synced {run.Synced:0.0} s, {run.OutboxRows} outbox rows, {run.Calls} calls, {run.CpuSeconds:0.0} s CPU, {run.PeakMegabytes:0} MB"));
        }

        public void Write(TextWriter output)
        {
            var table = new Table(
                string.Create(CultureInfo.InvariantCulture, $"P7: synchronising {count:N0} SKUs with the calibrated latencies, median (min-max) of {_runs.Values.Max(list => list.Count)}"),
                "variant", "T_ingest, s", "T_accepted, s", "T_synced, s", "against naive", "outbox rows", "calls", "CPU, s", "peak, MB");
            var naive = _runs.TryGetValue(Naive, out var known) ? Spread.Of(known.Select(run => run.Synced)).Median : double.NaN;
            foreach (var (name, runs) in _runs)
            {
                table.Add(
                    name, Text(runs, run => run.Ingest, "0.0"), Text(runs, run => run.Accepted, "0.0"), Text(runs, run => run.Synced, "0.0"),
                    double.IsNaN(naive) ? "-" : string.Create(CultureInfo.InvariantCulture, $"{naive / Spread.Of(runs.Select(run => run.Synced)).Median:0}x"),
                    Text(runs, run => run.OutboxRows, "0"), Text(runs, run => run.Calls, "0"), Text(runs, run => run.CpuSeconds, "0.0"), Text(runs, run => run.PeakMegabytes, "0"));
            }

            table.Write(
                output,
                "Aims for 50,000: c4 at most 135 s, c16 42 s (100x naive), c32 25 s (170x), delta 18 s, delta4 6 s, nochange 18 s and no outbox row, faults 60 s; CPU at most 15 s, peak 200 MB.",
                $"naive: {NaiveCount.ToString("N0", CultureInfo.InvariantCulture)} SKUs measured and extrapolated. original: the published job's final shape. Both run inside this program on PostgreSQL, so their CPU and memory are not told. cN: SkuSync with N detail calls at once.",
                "The clocks start when the run does, after the start of the process. Simulators, database and client share the machine.");
        }

        private static string Text(List<SkuRun> runs, Func<SkuRun, double> figure, string format) => runs.Exists(run => double.IsNaN(figure(run))) ? "-" : Spread.Of(runs.Select(figure)).Text(format);
    }
}
