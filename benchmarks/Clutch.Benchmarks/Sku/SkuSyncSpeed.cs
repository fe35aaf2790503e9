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
        new("kills", ["--Sku:Concurrency=16", "--Sku:LeaseDuration=00:00:05"], Start.Empty) { KillMean = TimeSpan.FromSeconds(5) },
    ];

    public static IReadOnlyList<string> Stores { get; } = ["sqlite", "postgresql"];

    /// <summary>What <c>--variants</c> can name.</summary>
    public static IReadOnlyList<string> Choices { get; } = ["naive", "naive-whole", "original", .. Variants.Select(variant => variant.Name)];

    /// <summary>The names of all series in the order of the tables.</summary>
    public static IReadOnlyList<string> InOrder { get; } =
        [SkuPage.Naive, SkuPage.NaiveWhole, SkuPage.Original, .. Variants.SelectMany(variant => Stores.Select(store => $"{variant.Name}, {store}"))];

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

    /// <summary>The page and what is kept beside it are those of one number.</summary>
    public static string? FindProblem(BenchmarkOptions options) => options.Writes && options.RowsOr(SkuPage.Count) != SkuPage.Count
        ? string.Create(CultureInfo.InvariantCulture, $"P7's page is about {SkuPage.Count:N0} SKUs: leave out --rows or --write.")
        : null;

    public static async Task RunAsync(BenchmarkOptions options)
    {
        var count = options.RowsOr(SkuPage.Count);
        // First of all: what is built here is not yet in the load.
        var results = await SkuResults.OpenAsync(options.Writes);
        await using var programs = await SkuPrograms.BuildAsync();
        await using var server = await TemporaryPostgreSql.StartAsync();
        for (var run = 0; run < options.Runs; run++)
        {
            await MeasureRivalsAsync(options, programs, server, results, count);
            foreach (var variant in Variants.Where(variant => options.Takes(variant.Name)))
            {
                foreach (var (number, store) in Stores.Index().Where(one => options.TakesStore(one.Item)))
                {
                    // Other moments in each round and on each store; the same ones in the next invocation.
                    var seed = (Stores.Count * run) + number;
                    await results.AddAsync($"{variant.Name}, {store}", () => MeasureAsync(options, programs, server, variant, store, count, seed), options.Progress);
                }
            }
        }

        var page = new SkuPage(count, results.Series);
        page.Write(options.Output, options.Writes ? await DrawAsync(count, results.Series) : null);
        page.Register(options.Aims);
    }

    // The rivals, and what synchronises everything as they do.
    private static async Task<string> DrawAsync(int count, IReadOnlyDictionary<string, SkuSeries> series)
    {
        string[] rivals = [SkuPage.Naive, SkuPage.Original];
        var bars = rivals.Concat(Stores.SelectMany(store => new[] { $"c16, {store}", $"c32, {store}" })).Where(series.ContainsKey)
            .Select(name => (name, SkuPage.Median(series[name]), rivals.Contains(name))).ToList();
        if (bars.Count > 0)
            await Pages.WriteAsync("sku-sync.svg", SkuPicture.Draw(count, bars));
        return "![Before and after](sku-sync.svg)";
    }

    private static async Task MeasureRivalsAsync(BenchmarkOptions options, SkuPrograms programs, TemporaryPostgreSql server, SkuResults results, int count)
    {
        if (options.Takes("naive"))
            await MeasureRivalAsync(SkuPage.Naive, NaiveCount, (stock, database) => MeasureNaiveAsync(stock, database, NaiveCount, count));
        if (TakesWholeNaive(options))
            await MeasureRivalAsync(SkuPage.NaiveWhole, count, (stock, database) => MeasureNaiveAsync(stock, database, count, count));
        if (options.Takes("original"))
            await MeasureRivalAsync(SkuPage.Original, count, (stock, database) => OriginalSync.RunAsync(stock, database, count));

        async Task MeasureRivalAsync(string name, int measured, Func<StockClient, NpgsqlDataSource, Task<SkuRun>> measure)
        {
            await programs.ForgetWorldAsync();
            await programs.StartWorldAsync(measured, timeScale: 1);
            await using var own = await SkuDatabase.CreateAsync(server);
            await own.SettleAsync();
            await using var database = NpgsqlDataSource.Create(own.ConnectionString);
            await results.AddAsync(name, async () =>
            {
                var run = await measure(new(programs.Client, programs.Url), database);
                // Extrapolated where fewer were measured.
                return run with { Calls = await programs.CallsAsync() * count / measured };
            }, options.Progress);
        }
    }

    // It takes more than an hour, so only who names it gets it.
    private static bool TakesWholeNaive(BenchmarkOptions options) => options.Variants.Contains("naive-whole", StringComparer.OrdinalIgnoreCase);

    // It has one clock: nothing is accepted before it is applied. Its share of this process's CPU and memory cannot be told apart.
    private static async Task<SkuRun> MeasureNaiveAsync(StockClient stock, NpgsqlDataSource database, int measured, int count)
    {
        var seconds = await NaiveSync.RunAsync(stock, database, measured);
        return new(double.NaN, double.NaN, seconds * count / measured, count, Calls: 0, CpuSeconds: double.NaN, PeakMegabytes: double.NaN);
    }

    private static async Task<SkuRun> MeasureAsync(BenchmarkOptions options, SkuPrograms programs, TemporaryPostgreSql server, Variant variant, string store, int count, int seed)
    {
        await using var database = await SkuDatabase.CreateAsync(store, programs.Folder, server);
        await programs.ForgetWorldAsync();
        if (variant.Start is not Start.Empty)
        {
            await programs.StartWorldAsync(count, timeScale: 0);
            await programs.SyncAsync(store, database);
        }

        await programs.StartWorldAsync(count, timeScale: 1);
        if (variant.Start is Start.Changed)
            await programs.PostAsync("control/stock/change?percent=2");
        if (variant.HasFaults)
            await programs.PostAsync("control/faults", Faults);
        await database.SettleAsync();
        if (variant.KillMean is not { } mean)
            return await programs.SyncAsync(store, database, variant.Settings);
        await options.Progress.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{variant.Name}, {store}: the kills' seed is {seed}"));
        return await programs.SyncUnderKillsAsync(store, database, mean, seed, count, variant.Settings);
    }

    private sealed record Variant(string Name, string[] Settings, Start Start)
    {
        public bool HasFaults { get; init; }

        /// <summary>The mean time until SkuSync is killed and started again, or null where it is left alone.</summary>
        public TimeSpan? KillMean { get; init; }
    }
}
