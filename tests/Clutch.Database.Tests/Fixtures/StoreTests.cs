using Clutch.Relational;
using Clutch.Repository;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Database.Tests.Fixtures;

/// <summary>Tests that run on each SQL store: a database of its own for each, migrated.</summary>
public abstract class StoreTests(Func<Store> open) : IAsyncLifetime
{
    private Store? _store;
    private ServiceProvider? _services;

    protected static CancellationToken Never => CancellationToken.None;

    protected Store Store => _store!;

    protected ServiceProvider Services => _services!;

    protected RelationalDatabase Database => Services.GetRequiredService<RelationalDatabase>();

    protected IJobRepository Repository => Services.GetRequiredService<IJobRepository>();

    public virtual async Task InitializeAsync()
    {
        _store = open();
        _services = _store.Services(AddServices);
        await _services.MigrateAsync();
    }

    public virtual async Task DisposeAsync()
    {
        if (_services is not null)
            await _services.DisposeAsync();
        if (_store is not null)
            await _store.DisposeAsync();
    }

    protected virtual void AddServices(IServiceCollection services)
    {
    }
}
