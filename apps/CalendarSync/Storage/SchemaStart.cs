using Clutch.Relational;
using Clutch.Repository;

namespace CalendarSync.Storage;

/// <summary>Brings the schema up to date before anything else of the program starts.</summary>
internal sealed class SchemaStart(IJobRepository repository, RelationalDatabase database) : IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await repository.MigrateAsync(cancellationToken);
        await CalendarSchema.MigratorOf(database).MigrateAsync(cancellationToken);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
