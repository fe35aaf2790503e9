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
    private readonly HttpClient _client = new() { Timeout = Timeout.InfiniteTimeSpan };
    private readonly string _data;
    private Process? _simulators;

    private SkuPrograms(string folder)
    {
        Folder = folder;
        _data = Path.Combine(folder, "world");
    }

    public string Folder { get; }

    /// <summary>Where the simulators listen, with a slash at the end.</summary>
    public string Url { get; private set; } = string.Empty;

    public HttpClient Client => _client;

    public static async Task<SkuPrograms> BuildAsync()
    {
        var programs = new SkuPrograms(Directory.CreateTempSubdirectory("clutch-sku-").FullName);
        foreach (var name in (string[])["SkuSync", "Simulators"])
            await Programs.ReadAsync("dotnet", ["build", Path.Combine(SourceTree.Root, "apps", name), "-c", "Release", "-o", Path.Combine(programs.Folder, name), "-nologo", "-v", "quiet", "-p:RunAnalyzers=false"]);
        return programs;
    }

    /// <summary>Starts the simulators over the present data; the calibrated latencies are those of time scale 1.</summary>
    public async Task StartWorldAsync(int skus, double timeScale)
    {
        await StopWorldAsync();
        string[] arguments =
        [
            Path.Combine(Folder, "Simulators", "Simulators.dll"), "--urls", "http://127.0.0.1:0", "--roles", "stock,fulfilment", "--data", _data, "--bad-skus", "0", "--toggled-skus", "0",
            "--skus", skus.ToString(CultureInfo.InvariantCulture), "--time-scale", timeScale.ToString(CultureInfo.InvariantCulture),
        ];
        _simulators = Programs.Start("dotnet", arguments, Folder);
        while (await _simulators.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.IndexOf("http", StringComparison.Ordinal) is >= 0 and var at)
            {
                Url = line[at..].Trim() + "/";
                _simulators.BeginErrorReadLine();
                return;
            }
        }

        throw new InvalidOperationException("The simulators did not start.");
    }

    /// <summary>Stops the simulators and forgets their data.</summary>
    public async Task ForgetWorldAsync()
    {
        await StopWorldAsync();
        if (Directory.Exists(_data))
            Directory.Delete(_data, recursive: true);
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
    /// <exception cref="InvalidOperationException">A start ended with a fault, or the target's books show a SKU too few or an effect too many.</exception>
    public async Task<SkuRun> SyncUnderKillsAsync(string store, SkuDatabase database, TimeSpan mean, int count, params string[] settings)
    {
        var (calls, duplicates, wal) = (await CallsAsync(), await DuplicatesAsync(), await database.WalPositionAsync());
        var random = new Random(count);
        var began = TimeProvider.System.GetTimestamp();
        var kills = 0;
        while (!await EndsBeforeAsync(-Math.Log(1 - random.NextDouble()) * mean, store, database, settings))
            kills++;
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
        if (_simulators is null)
            return;
        _simulators.Kill();
        await _simulators.WaitForExitAsync();
        _simulators.Dispose();
        _simulators = null;
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
        double Lag(double share) => At(lags, share);
        var wal = await database.WalPositionAsync() is { } after && walBefore is { } before ? (after - before) / 1048576d : double.NaN;
        return new(await database.CountRepeatsAsync(), await DuplicatesAsync() - duplicatesBefore, Lag(0.5), Lag(0.95), Lag(0.99), operations == 0 ? double.NaN : (double)polls / operations, At(known, 0.95), wal, kills);
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

    private static double At(List<double> sorted, double share) => sorted.Count == 0 ? double.NaN : sorted[(int)Math.Min(sorted.Count - 1, sorted.Count * share)];

    private static double Clock(string name, string output) => double.Parse(Figure(Regex.Match(output, $@"{name} ([\d.]+) s", RegexOptions.None, TimeSpan.FromSeconds(1)), name, output), CultureInfo.InvariantCulture);

    private static long Number(string name, string output) =>
        long.Parse(Figure(Regex.Match(output, $@"\b{name} ([\d,]+)", RegexOptions.None, TimeSpan.FromSeconds(1)), name, output), NumberStyles.AllowThousands, CultureInfo.InvariantCulture);

    private static string Figure(Match match, string name, string output) => match.Success ? match.Groups[1].Value : throw new InvalidOperationException($"SkuSync did not tell '{name}':\n{output}");
}
