using Clutch.Outbox.Storage;
using Clutch.Repository;
using Microsoft.Extensions.Logging;

namespace Clutch.Outbox.Running;

/// <summary>Starts the loops of a process: relay and poller, each over the same store, channels and clock.</summary>
internal sealed class ChannelLoops(OutboxStore store, ChannelDirectory channels, WakeUp wakeUp, TimeProvider timeProvider, ILoggerFactory loggers, ISignals? signals = null)
{
    /// <summary>Sends until <paramref name="isDone"/> or cancelled; null for the latter only, which spares the look at what is left.</summary>
    /// <exception cref="ArgumentException">There is no such channel.</exception>
    public async Task<OutboxDrain> RelayAsync(string channel, Func<Backlog, bool>? isDone, CancellationToken cancellationToken)
    {
        var loop = new RelayLoop(store, channels.Get(channel), wakeUp, timeProvider, loggers.CreateLogger<OutboxRelay>());
        wakeUp.CountRelays(channel, 1);
        try
        {
            return await loop.RunAsync(isDone, cancellationToken);
        }
        finally
        {
            wakeUp.CountRelays(channel, -1);
        }
    }

    /// <summary>Wakes the relay of a channel when another process enqueued, until what it answers is disposed; null where processes hear nothing of each other.</summary>
    public IDisposable? Hear(string channel) => signals?.Subscribe(CallOf(channel), () => wakeUp.Wake(channel));

    /// <summary>What processes without a relay tell those that have one.</summary>
    public static string CallOf(string channel) => $"outbox/{channel}";

    /// <summary>Asks for operations until <paramref name="isDone"/> or cancelled; null for the latter only.</summary>
    /// <exception cref="ArgumentException">There is no such channel.</exception>
    public Task<OutboxDrain> PollAsync(string channel, Func<Backlog, bool>? isDone, CancellationToken cancellationToken) =>
        new PollerLoop(store, channels.Get(channel), wakeUp, timeProvider, loggers.CreateLogger<OperationPoller>()).RunAsync(isDone, cancellationToken);
}
