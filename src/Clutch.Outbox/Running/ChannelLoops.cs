using Clutch.Outbox.Storage;
using Microsoft.Extensions.Logging;

namespace Clutch.Outbox.Running;

/// <summary>Starts the loops of a process: relay and poller, each over the same store, channels and clock.</summary>
internal sealed class ChannelLoops(OutboxStore store, ChannelDirectory channels, WakeUp wakeUp, TimeProvider timeProvider, ILoggerFactory loggers)
{
    /// <summary>Sends until <paramref name="isDone"/> or cancelled.</summary>
    /// <exception cref="ArgumentException">There is no such channel.</exception>
    public Task<OutboxDrain> RelayAsync(string channel, Func<Backlog, bool> isDone, CancellationToken cancellationToken) =>
        new RelayLoop(store, channels.Get(channel), wakeUp, timeProvider, loggers.CreateLogger<OutboxRelay>()).RunAsync(isDone, cancellationToken);

    /// <summary>Asks for operations until <paramref name="isDone"/> or cancelled.</summary>
    /// <exception cref="ArgumentException">There is no such channel.</exception>
    public Task<OutboxDrain> PollAsync(string channel, Func<Backlog, bool> isDone, CancellationToken cancellationToken) =>
        new PollerLoop(store, channels.Get(channel), wakeUp, timeProvider, loggers.CreateLogger<OperationPoller>()).RunAsync(isDone, cancellationToken);
}
