using Apps.Tests.Programs;
using Clutch.Relational;
using Microsoft.Extensions.DependencyInjection;

namespace Apps.Tests.SkuSync;

/// <summary>Where SkuSync keeps its tables.</summary>
public enum StoreKind
{
    Sqlite,
    PostgreSql,
}

/// <summary>The real program between the real simulators, on a store of its own.</summary>
public sealed class SkuWorld : IAsyncDisposable
{
    private readonly string _folder;
    private readonly StoreKind _store;
    private readonly string _connectionString;
    private readonly ServiceProvider _services;

    private SkuWorld(string folder, StoreKind store, string connectionString, SimulatedWorld world)
    {
        (_folder, _store, _connectionString, World) = (folder, store, connectionString, world);
        var services = new ServiceCollection();
        _ = store is StoreKind.Sqlite ? services.AddClutchSqlite(connectionString) : services.AddClutchPostgreSql(connectionString);
        _services = services.BuildServiceProvider();
    }

    public SimulatedWorld World { get; }

    public RelationalDatabase Database => _services.GetRequiredService<RelationalDatabase>();

    /// <summary>The working folder: that of the database, where it is a file.</summary>
    public string Folder => _folder;

    public static async Task<SkuWorld> StartAsync(StoreKind store, int skus = 1_500, params string[] settings) =>
        await StartAsync(store, store is StoreKind.Sqlite ? null : await PostgreSqlServer.CreateDatabaseAsync(), skus, settings);

    /// <summary>Starts on a database of the caller's.</summary>
    public static async Task<SkuWorld> StartAsync(StoreKind store, string? connectionString, int skus = 1_500, params string[] settings)
    {
        var folder = Directory.CreateTempSubdirectory("clutch-sku-").FullName;
        connectionString ??= $"Data Source={Path.Combine(folder, "sku.db")}";
        var count = skus.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var world = await SimulatedWorld.StartAsync(folder, ["--skus", count, "--bad-skus", "3", "--accounts", "5", .. settings]);
        return new(folder, store, connectionString, world);
    }

    /// <summary>Starts the program with a command such as <c>run sync</c>, in a process of its own.</summary>
    /// <param name="command">The command.</param>
    /// <param name="failPoint">A fault ordered for it, or null.</param>
    /// <param name="settings">Further settings, such as <c>--Sku:Concurrency=2</c>.</param>
    public RunningProgram Start(string command, string? failPoint = null, params string[] settings)
    {
        var environment = Settings.ToDictionary(setting => setting.Name.Replace(":", "__", StringComparison.Ordinal), setting => setting.Value, StringComparer.Ordinal);
        if (failPoint is not null)
            environment["FAILPOINT"] = failPoint;
        return RunningProgram.Start("SkuSync", _folder, [.. command.Split(' '), .. settings], environment);
    }

    /// <summary>Runs a command to its end; answers exit code and output. With a fault ordered it is a process of its own.</summary>
    public async Task<(int ExitCode, string Output)> RunAsync(string command, string? failPoint = null, params string[] settings)
    {
        if (failPoint is null)
            return await InProcess.RunAsync("SkuSync", [.. command.Split(' '), .. Settings.Select(setting => $"--{setting.Name}={setting.Value}"), .. settings]);
        await using var program = Start(command, failPoint, settings);
        return (await program.WaitForExitAsync(), program.Output);
    }

    /// <summary>Runs a command that must succeed; answers its output.</summary>
    public async Task<string> RunWellAsync(string command, params string[] settings)
    {
        var (exitCode, output) = await RunAsync(command, null, settings);
        Assert.True(exitCode == 0, $"'{command}' ended with {exitCode}:\n{output}");
        return output;
    }

    /// <summary>A number from the tables.</summary>
    public async Task<long> CountAsync(string sql) =>
        (await Database.QueryAsync(new Statement($"SELECT count(*) FROM {sql}"), Rows.All(row => row.GetInt64(0)), CancellationToken.None))[0];

    /// <summary>Changes rows behind the program's back; each statement must meet some. <c>@then</c> is a hundred days ago.</summary>
    public async Task ChangeAsync(params string[] statements)
    {
        foreach (var text in statements)
        {
            var statement = text.Contains("@then", StringComparison.Ordinal) ? new Statement(text).With("then", TimeProvider.System.GetUtcNow().AddDays(-100)) : new(text);
            Assert.True(await Database.ChangeAsync(statement, Rows.Affected, CancellationToken.None) > 0, text);
        }
    }

    /// <summary>Whether somebody holds SQLite's write lock for longer than any transaction takes.</summary>
    public async Task<bool> IsLockedAsync() => _store is StoreKind.Sqlite && await SqliteFile.IsLockedAsync(_connectionString);

    private (string Name, string Value)[] Settings =>
    [
        ("Sku:StockUrl", World.Url + "stock"),
        ("Sku:FulfilmentUrl", World.Url + "fulfilment"),
        ("Sku:DetailBatchSize", "100"),
        ("Sku:ChunkSize", "100"),
        ("Sku:SummaryPageSize", "400"),
        ("Sku:LeaseDuration", "00:00:02"),
        ("Clutch:Store", _store.ToString()),
        ("ConnectionStrings:Clutch", _connectionString),
    ];

    /// <summary>Looks again and again until something has come to pass.</summary>
    public async Task WaitForAsync(Func<Task<bool>> condition)
    {
        var deadline = TimeProvider.System.GetUtcNow().AddMinutes(3);
        while (!await IsTrueAsync(condition))
        {
            if (TimeProvider.System.GetUtcNow() > deadline)
                Assert.Fail("It did not come to pass within three minutes.");
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }

    // The tables may not exist yet.
    private static async Task<bool> IsTrueAsync(Func<Task<bool>> condition)
    {
        try
        {
            return await condition();
        }
        catch (Exception fault) when (fault is Clutch.Repository.RepositoryException or System.Data.Common.DbException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await World.DisposeAsync();
        await _services.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }
}
