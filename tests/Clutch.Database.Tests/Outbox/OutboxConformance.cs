using Clutch.Database.Tests.Fixtures;
using Clutch.Outbox.Channels;
using Clutch.Outbox.Faults;
using Clutch.Outbox.Hosting;

namespace Clutch.Database.Tests.Outbox;

/// <summary>What the outbox promises, on each store.</summary>
public abstract partial class OutboxConformance(Func<Store> open) : IAsyncLifetime
{
    private readonly List<OutboxHost> _hosts = [];
    private Store? _store;

    protected static CancellationToken Never => CancellationToken.None;

    protected Store Store => _store!;

    public Task InitializeAsync()
    {
        _store = open();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        foreach (var host in _hosts)
            await host.DisposeAsync();
        if (_store is not null)
            await _store.DisposeAsync();
    }

    protected async Task<OutboxHost> OpenAsync(
        Action<ChannelOptions>? configure = null, IOutboxFaults? faults = null, FakeTarget? target = null, Action<OutboxBuilder>? more = null)
    {
        var host = await OutboxHost.OpenAsync(Store, configure, faults, target, more);
        _hosts.Add(host);
        return host;
    }
}

public sealed class PostgreSqlOutboxTests() : OutboxConformance(() => new PostgreSqlStore());

public sealed class SqliteOutboxTests() : OutboxConformance(() => new SqliteStore());
