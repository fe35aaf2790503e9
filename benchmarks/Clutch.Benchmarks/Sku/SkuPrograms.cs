using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Clutch.Benchmarks.Processes;
using Clutch.Benchmarks.Results;

namespace Clutch.Benchmarks.Sku;

/// <summary>SkuSync and the simulators, built once and run as processes.</summary>
internal sealed class SkuPrograms : IAsyncDisposable
{
    // At a kill each 5 s a clean run of 37 s takes two or three times as long.
    private const int MostKills = 200;

    private readonly HttpClient _client = new() { Timeout = Timeout.InfiniteTimeSpan };
    private SimulatedWorld? _world;

    private SkuPrograms(string folder) => Folder = folder;

    public string Folder { get; }

    /// <summary>Where the simulators listen, with a slash at the end.</summary>
    public string Url => _world?.Url.AbsoluteUri ?? string.Empty;

    public HttpClient Client => _client;

    public static async Task<SkuPrograms> BuildAsync()
    {
        var programs = new SkuPrograms(Directory.CreateTempSubdirectory("clutch-sku-").FullName);
        await Programs.BuildAsync(Path.Combine("apps", "SkuSync"), Path.Combine(programs.Folder, "SkuSync"));
        return programs;
    }

    /// <summary>Starts the simulators over the present data; the calibrated latencies are those of time scale 1.</summary>
    public async Task StartWorldAsync(int skus, double timeScale)
    {
        await StopWorldAsync();
        _world = await SimulatedWorld.StartAsync(
            Folder, yields: false, "--roles", "stock,fulfilment", "--bad-skus", "0", "--toggled-skus", "0",
            "--skus", skus.ToString(CultureInfo.InvariantCulture), "--time-scale", timeScale.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Stops the simulators and forgets their data.</summary>
    public async Task ForgetWorldAsync()
    {
        await StopWorldAsync();
        if (Path.Combine(Folder, "world") is var data && Directory.Exists(data))
            Directory.Delete(data, recursive: true);
    }

    public async Task PostAsync(string path, JsonElement? body = null)
    {
        using var response = await _client.PostAsJsonAsync(Url + path, body);
        response.EnsureSuccessStatusCode();
    }

    /// <summary>Calls that the simulators counted since they started.</summary>
    public async Task<long> CallsAsync()
    {
        var stock = await _client.GetFromJsonAsync<JsonElement>(Url + "control/stock");
        var fulfilment = await _client.GetFromJsonAsync<JsonElement>(Url + "control/fulfilment/counts");
        return stock.GetProperty("summaryCallCount").GetInt64() + stock.GetProperty("detailCallCount").GetInt64()
            + fulfilment.GetProperty("submitCallCount").GetInt64() + fulfilment.GetProperty("statusCallCount").GetInt64();
    }

    /// <summary>Runs <c>run sync</c> to its end.</summary>
    public async Task<SkuRun> SyncAsync(string store, SkuDatabase database, params string[] settings)
    {
        var (calls, duplicates, wal) = (await CallsAsync(), await DuplicatesAsync(), await database.WalPositionAsync());
        using var process = StartSync(store, database, settings);
        var peak = PeakMemory.WatchAsync(process);
        var cpu = ProcessorTime.WatchAsync(process);
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"SkuSync ended with {process.ExitCode}: {await error}{output}");
        return new(Clock("T_ingest", output), Clock("T_accepted", output), Clock("T_synced", output), Number("outbox", output), await CallsAsync() - calls, await cpu, await peak)
        {
            Delivery = await ReadDeliveryAsync(database, duplicates, wal, kills: 0),
        };
    }

    /// <summary>Runs <c>run sync</c>, kills it at random moments (Poisson) and starts it again, until it ends by itself; T_synced is the time from the first start to that end, starts included.</summary>
    /// <exception cref="InvalidOperationException">A start ended with a fault, it never ends by itself, or the target's books show a SKU too few or an effect too many.</exception>
    public async Task<SkuRun> SyncUnderKillsAsync(string store, SkuDatabase database, TimeSpan mean, int seed, int count, params string[] settings)
    {
        var (calls, duplicates, wal) = (await CallsAsync(), await DuplicatesAsync(), await database.WalPositionAsync());
        var random = new Random(seed);
        var began = TimeProvider.System.GetTimestamp();
        var kills = 0;
        while (!await EndsBeforeAsync(-Math.Log(1 - random.NextDouble()) * mean, store, database, settings))
        {
            if (++kills == MostKills)
                throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"SkuSync did not end by itself between {kills} kills."));
        }

        var seconds = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        var books = await _client.GetFromJsonAsync<JsonElement>(Url + "control/fulfilment/counts");
        var (effects, living) = (books.GetProperty("effectCount").GetInt64(), books.GetProperty("livingTargetCount").GetInt64());
        if (effects != count || living != count)
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"After {kills} kills the target has {living} of {count} SKUs, and {effects} effects."));
        return new(double.NaN, double.NaN, seconds, effects, await CallsAsync() - calls, CpuSeconds: double.NaN, PeakMegabytes: double.NaN) { Delivery = await ReadDeliveryAsync(database, duplicates, wal, kills) };
    }

    public async ValueTask DisposeAsync()
    {
        await ForgetWorldAsync();
        _client.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private async Task StopWorldAsync()
    {
        if (_world is not null)
            await _world.DisposeAsync();
        _world = null;
    }

    private Process StartSync(string store, SkuDatabase database, string[] settings) => Programs.Start(
        "dotnet",
        [Path.Combine(Folder, "SkuSync", "SkuSync.dll"), "run", "sync", "--quiet", .. settings],
        Folder,
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Sku__StockUrl"] = Url + "stock",
            ["Sku__FulfilmentUrl"] = Url + "fulfilment",
            ["Clutch__Store"] = store,
            ["ConnectionStrings__Clutch"] = database.ConnectionString,
        });

    private async Task<bool> EndsBeforeAsync(TimeSpan kill, string store, SkuDatabase database, string[] settings)
    {
        using var process = StartSync(store, database, settings);
        var said = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        var ended = process.WaitForExitAsync();
        if (await Task.WhenAny(ended, Task.Delay(kill, TimeProvider.System)) != ended)
            process.Kill();
        await ended;
        // 137: the kill, even where the end and the kill met.
        return process.ExitCode switch
        {
            0 => true,
            137 => false,
            var code => throw new InvalidOperationException($"SkuSync ended with {code}: {string.Concat(await said)}"),
        };
    }

    private async Task<long> DuplicatesAsync() => (await _client.GetFromJsonAsync<JsonElement>(Url + "control/fulfilment/counts")).GetProperty("duplicateSubmitCount").GetInt64();

    private async Task<SkuDelivery> ReadDeliveryAsync(SkuDatabase database, long duplicatesBefore, long? walBefore, int kills)
    {
        var lags = await database.ListLagsAsync();
        var (known, operations) = await ListKnownLagsAsync(database);
        var polls = (await _client.GetFromJsonAsync<JsonElement>(Url + "control/fulfilment/counts")).GetProperty("statusCallCount").GetInt64();
        double Lag(double share) => Percentile.Of(lags, share);
        var wal = await database.WalPositionAsync() is { } after && walBefore is { } before ? (after - before) / 1048576d : double.NaN;
        return new(await database.CountRepeatsAsync(), await DuplicatesAsync() - duplicatesBefore, Lag(0.5), Lag(0.95), Lag(0.99), operations == 0 ? double.NaN : (double)polls / operations, Percentile.Of(known, 0.95), wal, kills);
    }

    // The simulators were started for this run, so that their calls are its calls; their books hold earlier runs, too.
    private async Task<(List<double> Lags, int Operations)> ListKnownLagsAsync(SkuDatabase database)
    {
        var effects = (await _client.GetFromJsonAsync<JsonElement>(Url + "control/fulfilment/ledger?limit=100000")).GetProperty("entries").EnumerateArray()
            .Select(entry => (Operation: entry.GetProperty("operationId").GetString()!, At: entry.GetProperty("appliedAt").GetDateTimeOffset()))
            .GroupBy(effect => effect.Operation, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Max(effect => effect.At), StringComparer.Ordinal);
        var closed = await database.ListClosedAsync();
        return ([.. closed.Where(operation => effects.ContainsKey(operation.Operation)).Select(operation => (operation.At - effects[operation.Operation]).TotalSeconds).Order()], closed.Count);
    }

    private static double Clock(string name, string output) => double.Parse(Figure(Regex.Match(output, $@"{name} ([\d.]+) s", RegexOptions.None, TimeSpan.FromSeconds(1)), name, output), CultureInfo.InvariantCulture);

    private static long Number(string name, string output) =>
        long.Parse(Figure(Regex.Match(output, $@"\b{name} ([\d,]+)", RegexOptions.None, TimeSpan.FromSeconds(1)), name, output), NumberStyles.AllowThousands, CultureInfo.InvariantCulture);

    private static string Figure(Match match, string name, string output) => match.Success ? match.Groups[1].Value : throw new InvalidOperationException($"SkuSync did not tell '{name}':\n{output}");
}
