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
    public async Task<SkuRun> SyncAsync(string store, string connectionString, params string[] settings)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Sku__StockUrl"] = Url + "stock",
            ["Sku__FulfilmentUrl"] = Url + "fulfilment",
            ["Clutch__Store"] = store,
            ["ConnectionStrings__Clutch"] = connectionString,
        };
        var calls = await CallsAsync();
        using var process = Programs.Start("dotnet", [Path.Combine(Folder, "SkuSync", "SkuSync.dll"), "run", "sync", "--quiet", .. settings], Folder, environment);
        var peak = PeakMemory.WatchAsync(process);
        var cpu = ProcessorTime.WatchAsync(process);
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"SkuSync ended with {process.ExitCode}: {await error}{output}");
        return new(Clock("T_ingest", output), Clock("T_accepted", output), Clock("T_synced", output), Number("outbox", output), await CallsAsync() - calls, await cpu, await peak);
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

    private static double Clock(string name, string output) => double.Parse(Figure(Regex.Match(output, $@"{name} ([\d.]+) s", RegexOptions.None, TimeSpan.FromSeconds(1)), name, output), CultureInfo.InvariantCulture);

    private static long Number(string name, string output) =>
        long.Parse(Figure(Regex.Match(output, $@"\b{name} ([\d,]+)", RegexOptions.None, TimeSpan.FromSeconds(1)), name, output), NumberStyles.AllowThousands, CultureInfo.InvariantCulture);

    private static string Figure(Match match, string name, string output) => match.Success ? match.Groups[1].Value : throw new InvalidOperationException($"SkuSync did not tell '{name}':\n{output}");
}
