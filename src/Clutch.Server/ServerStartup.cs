using Clutch.Repository;
using Clutch.Server.Alerts.Delivery;
using Clutch.Server.Security;
using Clutch.Server.Storage;
using Microsoft.Extensions.Hosting;

namespace Clutch.Server;

/// <summary>Before anything else: the schema is brought up to date, and nobody serves beyond this machine without credentials.</summary>
internal sealed class ServerStartup(IJobRepository repository, ServerDatabase database, AlertOutbox alerts, ListenGuard guard) : IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await repository.MigrateAsync(cancellationToken);
        await database.MigrateAsync(cancellationToken);
        await alerts.MigrateAsync(cancellationToken);
        await guard.CheckBeforeAsync(cancellationToken);
    }

    public Task StartedAsync(CancellationToken cancellationToken) => guard.CheckAfterAsync(cancellationToken);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
