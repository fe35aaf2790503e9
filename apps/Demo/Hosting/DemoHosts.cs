using CalendarSync.Hosting;
using Clutch.Scheduling;
using Demo.Folder;

namespace Demo.Hosting;

/// <summary>The three hosts of the demo in this one process: what kills it kills them all, and nothing is left behind.</summary>
internal sealed class DemoHosts : IAsyncDisposable
{
    // The batch server drains for 25 s, a host for 30 s.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);
    private static readonly ScheduleAuthor Author = new("demo", "the demo launches the jobs itself until its table is printed");

    private readonly ILogger _logger;

    private DemoHosts(WebApplication simulators, WebApplication batch, WebApplication mainServer, ILogger logger) =>
        (Simulators, Batch, MainServer, _logger) = (simulators, batch, mainServer, logger);

    public WebApplication Simulators { get; }

    public WebApplication Batch { get; }

    public WebApplication MainServer { get; }

    /// <summary>Builds and starts them.</summary>
    public static async Task<DemoHosts> StartAsync(DataFolder folder, DemoState state, Addresses addresses, string? postgreSql, LogFile log, CancellationToken cancellationToken)
    {
        var store = StoreChoice.Of(folder, postgreSql);
        var hosts = new DemoHosts(
            SimulatorHost.Build(folder, state, addresses.Simulators, log),
            BatchHost.Build(store, addresses, log),
            CalendarHost.Build(CalendarRole.Main, [], builder =>
            {
                builder.Adopt(addresses.MainServer, log);
                builder.Configuration.AddInMemoryCollection(store.Settings).AddInMemoryCollection(CalendarSettings.All);
            }),
            log.CreateLogger(nameof(DemoHosts)));
        try
        {
            await hosts.StartAsync(folder, state, cancellationToken);
            return hosts;
        }
        catch
        {
            await hosts.DisposeAsync();
            throw;
        }
    }

    /// <summary>Lets the schedules rest, or fire again.</summary>
    public async Task PauseSchedulesAsync(bool rest, CancellationToken cancellationToken)
    {
        var schedules = Batch.Services.GetRequiredService<ISchedules>();
        foreach (var name in BatchHost.Schedules)
            _ = rest ? await schedules.PauseAsync(name, Author, cancellationToken) : await schedules.ResumeAsync(name, Author, cancellationToken);
    }

    /// <summary>Works with the hosts: as soon as one of them ends by itself, nothing is left to wait for.</summary>
    public Task<T> UseAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken) => HostWatch.RunAsync(
        [("batch server", Batch.Lifetime.ApplicationStopping), ("main server", MainServer.Lifetime.ApplicationStopping), ("simulators", Simulators.Lifetime.ApplicationStopping)], work, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        // The world goes last: the others end their calls to it first.
        foreach (var host in new[] { Batch, MainServer, Simulators })
            await EndAsync(host);
    }

    // What came out before stands, however a host ends.
    private async Task EndAsync(WebApplication host)
    {
        try
        {
            using var patience = new CancellationTokenSource(Patience);
            await host.StopAsync(patience.Token);
            await host.DisposeAsync();
        }
        catch (Exception fault)
        {
            _logger.HostEndedBadly(fault);
        }
    }

    private async Task StartAsync(DataFolder folder, DemoState state, CancellationToken cancellationToken)
    {
        await StoreCheck.RefuseForeignAsync(Batch.Services, folder, state, cancellationToken);
        // Before the first table: where a start ends in between, the next one knows the tables for its own.
        folder.Save(state);
        await StoreCheck.PairAsync(Batch.Services, state, cancellationToken);
        await BatchHost.MigrateAsync(Batch.Services, cancellationToken);
        await Simulators.StartAsync(cancellationToken);
        await Batch.StartAsync(cancellationToken);
        await PauseSchedulesAsync(rest: true, cancellationToken);
        await MainServer.StartAsync(cancellationToken);
    }
}
