using Clutch.Executions;
using Clutch.Relational;

namespace SkuSync.Storage;

/// <summary>Carries what may be done twice over an outage of the database: a restart of PostgreSQL must not fail a run.</summary>
/// <remarks>The engine's own calls, chunks, relay and poller have theirs; this is for everything beside them.</remarks>
internal sealed class DatabasePatience(RelationalDatabase database, TimeProvider timeProvider, ILogger<DatabasePatience> logger)
{
    // A server that crashed is back within seconds; who gave a wrong address wants to hear of it.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(2);

    /// <summary>A task step that is begun again when the database was away; it must be repeatable.</summary>
    public static Func<StepContext, CancellationToken, Task> Around(Func<StepContext, CancellationToken, Task> step) =>
        (context, cancellationToken) => context.Services.GetRequiredService<DatabasePatience>().RunAsync(token => step(context, token), cancellationToken);

    /// <summary>Does it, again and again while the database is away.</summary>
    public Task RunAsync(Func<CancellationToken, Task> action, CancellationToken cancellationToken) => RunAsync(
        async token =>
        {
            await action(token);
            return true;
        },
        cancellationToken);

    /// <summary>Does it, again and again while the database is away; answers its result.</summary>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> action, CancellationToken cancellationToken)
    {
        var start = timeProvider.GetTimestamp();
        for (var delay = FirstDelay; ; delay = delay * 2 < MaxDelay ? delay * 2 : MaxDelay)
        {
            try
            {
                return await action(cancellationToken);
            }
            catch (Exception fault) when (database.IsTransient(fault) && timeProvider.GetElapsedTime(start) < Limit)
            {
                logger.DatabaseAway(fault.Message);
            }

            await Task.Delay(delay, timeProvider, cancellationToken);
        }
    }
}
