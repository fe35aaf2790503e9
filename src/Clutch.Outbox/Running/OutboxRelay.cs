using Clutch.Outbox.Storage;

namespace Clutch.Outbox.Running;

/// <summary>Sends the messages of a channel: claims them in bulk, sends submissions side by side, stores what the target said. Any number of processes may run it at once.</summary>
/// <remarks>Cancelling stops claiming at once; requests under way get ten seconds to end, then they are left to be sent again with their keys.</remarks>
public sealed class OutboxRelay
{
    private readonly ChannelLoops _loops;

    internal OutboxRelay(ChannelLoops loops) => _loops = loops;

    /// <summary>Sends until cancelled. Where the outbox lives in the PostgreSQL database of the job repository it hears at once when another process enqueued; else, and if that fails, it looks by itself each <see cref="Channels.ChannelOptions.IdleInterval"/>.</summary>
    /// <exception cref="ArgumentException">There is no such channel.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task RunAsync(string channel, CancellationToken cancellationToken)
    {
        using var calls = _loops.Hear(channel);
        await RunUntilAsync(channel, isDone: null, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Sends until nothing waits to be sent any more, retries within <see cref="Channels.SendRetryOptions.MaxDelay"/> included, or the channel is stopped.</summary>
    /// <exception cref="ArgumentException">There is no such channel.</exception>
    public Task<OutboxDrain> DrainAsync(string channel, CancellationToken cancellationToken) =>
        RunUntilAsync(channel, static backlog => !backlog.HasUnsent || backlog.IsStopped, cancellationToken);

    internal Task<OutboxDrain> RunUntilAsync(string channel, Func<Backlog, bool>? isDone, CancellationToken cancellationToken) => _loops.RelayAsync(channel, isDone, cancellationToken);
}
