using Apps.Tests.Programs;
using Clutch.Outbox;
using Clutch.Relational;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using SkuSync.Hosting;
using SkuSync.Marketplace;

namespace Apps.Tests.SkuSync;

/// <summary>The parts of the program in the test's own process, on a store of their own; no API answers them.</summary>
public sealed class SkuParts : IAsyncDisposable
{
    private readonly string _folder;
    private readonly ServiceProvider _services;

    private SkuParts(string folder, ServiceProvider services) => (_folder, _services) = (folder, services);

    public IServiceProvider Services => _services;

    public RelationalDatabase Database => Get<RelationalDatabase>();

    /// <summary>Makes the tables.</summary>
    /// <param name="store">Where.</param>
    /// <param name="clock">The machine's clock; the real one for null.</param>
    /// <param name="settings">Further settings, such as <c>Sku:CallTimeout</c>.</param>
    public static async Task<SkuParts> OpenAsync(StoreKind store, TimeProvider? clock = null, params (string Key, string Value)[] settings)
    {
        var database = store is StoreKind.Sqlite ? null : await PostgreSqlServer.CreateDatabaseAsync();
        var folder = Directory.CreateTempSubdirectory("clutch-sku-").FullName;
        var configuration = ConfigurationOf([
            ("Sku:StockUrl", "http://stock.invalid/"),
            ("Sku:FulfilmentUrl", "http://fulfilment.invalid/"),
            ("Clutch:Store", store.ToString()),
            ("ConnectionStrings:Clutch", database ?? $"Data Source={Path.Combine(folder, "sku.db")}"),
            .. settings]);
        var services = new ServiceCollection();
        services.AddSingleton(configuration);
        services.AddSingleton(clock ?? TimeProvider.System);
        services.AddLogging();
        services.AddSkuSync(SkuConfiguration.Read(configuration), isServer: false);
        var provider = services.BuildServiceProvider();
        await Commands.MigrateAsync(provider);
        return new(folder, provider);
    }

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    public Task ExecuteAsync(string sql, DateTimeOffset? at = null) =>
        Database.ChangeAsync(new Statement(sql).With("at", at), Rows.Affected, CancellationToken.None).AsTask();

    /// <summary>Puts the first version of a SKU into the outbox.</summary>
    public async Task EnqueueAsync(string accountId, string skuId)
    {
        await using var session = await Database.OpenSessionAsync(CancellationToken.None);
        await session.BeginAsync(CancellationToken.None);
        await Get<IOutbox>().EnqueueAsync(session, new[] { SkuChanges.Gone(new(accountId, skuId), version: 1) }, CancellationToken.None);
        await session.CommitAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    private static IConfiguration ConfigurationOf(IEnumerable<(string Key, string Value)> settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value))).Build();
}
