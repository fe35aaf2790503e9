using Clutch.Client.Wire;
using Clutch.Relational;
using Clutch.Repository;
using Clutch.Server.Alerts;
using Clutch.Server.Alerts.Delivery;
using Clutch.Server.Storage;
using Clutch.Server.Tests.Fixtures;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Clutch.Server.Tests.Alerts;

/// <summary>What of a server process judges the alerts, by one rule and without the workers: it looks when a test says so, and nothing else is at work in it.</summary>
internal sealed class AlertProcess : IAsyncDisposable
{
    private static readonly CancellationToken Never = CancellationToken.None;
    private readonly ServiceProvider _services;

    private AlertProcess(ServiceProvider services) => _services = services;

    public static async Task<AlertProcess> StartAsync(TestStore store, IAlertRule rule)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().Build());
        services.AddLogging();
        store.Add(services);
        services.AddClutch(_ => { });
        // Never called: what is told is read where it waits to be sent.
        services.AddClutchServer(options => options.Alerts.Webhooks.Add(new() { Name = "ops", Url = new("http://127.0.0.1:1/") }));
        services.RemoveAll<IAlertRule>();
        services.AddSingleton(rule);
        var process = new AlertProcess(services.BuildServiceProvider());
        await process.Get<IJobRepository>().MigrateAsync(Never);
        await process.Get<ServerDatabase>().MigrateAsync(Never);
        await process.Get<AlertOutbox>().MigrateAsync(Never);
        return process;
    }

    public Task<bool> LookAsync() => Get<AlertEngine>().LookAsync(TimeProvider.System.GetUtcNow(), Never);

    /// <summary>Lets the right to look run out, whoever has it.</summary>
    public async Task ExpireLeaseAsync() => await Get<ServerDatabase>().ChangeAsync(
        new Statement("UPDATE clutch_server_lease SET expires_at = @past").With("past", TimeProvider.System.GetUtcNow().AddHours(-1)), Rows.Affected, Never);

    /// <summary>Leaves the right to look to others, as a process does that stops.</summary>
    public Task LeaveAsync() => Get<AlertLease>().GiveAsync(Never);

    /// <summary>All that was told, in its order.</summary>
    public async Task<IReadOnlyList<AlertNoticeKind>> ToldAsync()
    {
        var told = new List<AlertNoticeKind>();
        foreach (var alert in (await AlertsAsync()).OrderBy(alert => alert.Id))
            told.AddRange((await Get<AlertQueries>().FindDetailsAsync(alert.Id, Never))!.Deliveries.Select(delivery => delivery.Kind));
        return told;
    }

    /// <summary>The alerts, newest first.</summary>
    public async Task<IReadOnlyList<AlertView>> AlertsAsync() => (await Get<AlertQueries>().ListAsync(new(), Never)).Items;

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();
}
