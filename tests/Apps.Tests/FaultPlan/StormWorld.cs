using System.Globalization;
using Apps.Tests.Programs;
using Apps.Tests.Simulators;

namespace Apps.Tests.FaultPlan;

/// <summary>The program under fire, its database, and the two systems around it: each a process of its own.</summary>
internal sealed class StormWorld : IAsyncDisposable
{
    /// <summary>Submissions that one process has on their way at most.</summary>
    public const int SubmitConcurrency = 8;

    private readonly StormOptions _options;
    private readonly string _folder;

    private StormWorld(StormOptions options, string folder, StormStore store, SimulatorProcess stock, SimulatorProcess fulfilment)
    {
        (_options, _folder, Store, Stock, Fulfilment) = (options, folder, store, stock, fulfilment);
    }

    public StormStore Store { get; }

    public SimulatorProcess Stock { get; }

    public SimulatorProcess Fulfilment { get; }

    /// <summary>Settings of the program under fire that differ from the storm's.</summary>
    public Dictionary<string, string?> Settings { get; } = new(StringComparer.Ordinal);

    public static async Task<StormWorld> StartAsync(StormOptions options, params string[] fulfilmentArguments)
    {
        var folder = Directory.CreateTempSubdirectory("storm").FullName;
        var seed = options.Seed.ToString(CultureInfo.InvariantCulture);
        var scale = options.TimeScale.ToString(CultureInfo.InvariantCulture);
        var stock = await SimulatorProcess.StartAsync("stock", "--seed", seed, "--time-scale", scale, "--skus", options.SkuCount.ToString(CultureInfo.InvariantCulture), "--bad-skus",
            options.BadSkuCount.ToString(CultureInfo.InvariantCulture));
        var fulfilment = await SimulatorProcess.StartAsync("fulfilment", ["--seed", seed, "--time-scale", scale, .. fulfilmentArguments]);
        var world = new StormWorld(options, folder, await StormStore.OpenAsync(options.Store, folder), stock, fulfilment);
        await world.SucceedAsync("migrate");
        await world.Store.InstallAuditAsync();
        return world;
    }

    /// <summary>Starts the program under fire.</summary>
    /// <param name="command">Its arguments, with blanks.</param>
    /// <param name="failPoint">A fault it orders itself, or null.</param>
    /// <param name="settings">Settings of this process only.</param>
    public ChildProcess Start(string command, string? failPoint = null, IReadOnlyDictionary<string, string?>? settings = null)
    {
        var environment = Merge(settings ?? Settings);
        environment["FAILPOINT"] = failPoint;
        return new ChildProcess("SkuSync", _folder, command.Split(' '), environment);
    }

    /// <summary>Runs a command to its end, and answers how it ended.</summary>
    public async Task<(int ExitCode, string Output)> RunAsync(string command, string? failPoint = null, CancellationToken cancellationToken = default)
    {
        await using var client = Start(command, failPoint);
        var exitCode = await client.WaitAsync(cancellationToken);
        return (exitCode, client.Output);
    }

    /// <summary>Runs a command that must end well, within this process.</summary>
    public async Task SucceedAsync(string command)
    {
        var settings = Merge(Settings).Select(static setting => $"--{setting.Key.Replace("__", ":", StringComparison.Ordinal)}={setting.Value}");
        var (exitCode, output) = await InProcess.RunAsync("SkuSync", [.. command.Split(' '), .. settings]);
        Assert.True(exitCode == 0, $"'{command}' ended with {exitCode}: {output}");
    }

    public async ValueTask DisposeAsync()
    {
        await Stock.DisposeAsync();
        await Fulfilment.DisposeAsync();
        await Store.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private Dictionary<string, string?> Merge(IReadOnlyDictionary<string, string?> settings)
    {
        var all = new Dictionary<string, string?>(settings, StringComparer.Ordinal);
        foreach (var (name, value) in Settings)
            all.TryAdd(name, value);
        foreach (var (name, value) in Defaults())
            all.TryAdd(name, value);
        return all;
    }

    private IEnumerable<(string Name, string Value)> Defaults()
    {
        yield return ("Sku__StockUrl", new Uri(Stock.Url, "stock/").ToString());
        yield return ("Sku__FulfilmentUrl", new Uri(Fulfilment.Url, "fulfilment/").ToString());
        yield return ("Sku__Ordering", _options.Ordering);
        yield return ("Sku__Concurrency", "8");
        yield return ("Sku__DetailBatchSize", "100");
        yield return ("Sku__ChunkSize", "250");
        yield return ("Sku__SummaryPageSize", "500");
        yield return ("Sku__SubmitBatchSize", "100");
        yield return ("Sku__SubmitConcurrency", SubmitConcurrency.ToString(CultureInfo.InvariantCulture));
        yield return ("Sku__LeaseDuration", TimeSpan.FromSeconds(_options.LeaseSeconds).ToString());
        yield return ("Sku__OperationDeadline", StormFaults.OperationDeadlineOf(_options).ToString());
        yield return ("Sku__CallTimeout", StormFaults.CallTimeoutOf(_options).ToString());
        // Generation 2 deletes one per cent, which is where the guard begins to ask a person.
        yield return ("Sku__DeletionShare", "0.05");
        yield return ("Clutch__Store", Store.Name);
        yield return ("ConnectionStrings__Clutch", Store.ConnectionString);
    }
}
