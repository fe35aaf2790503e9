using Clutch.Outbox.Storage;

namespace Clutch.Outbox.Running;

/// <summary>Asks the target what became of a channel's operations, many at a time, and settles their messages. Any number of processes may run it at once.</summary>
public sealed class OperationPoller
{
    private readonly ChannelLoops _loops;

    internal OperationPoller(ChannelLoops loops) => _loops = loops;

    /// <summary>Polls until cancelled. For a target that answers at once it only waits.</summary>
    /// <exception cref="ArgumentException">There is no such channel.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async Task RunAsync(string channel, CancellationToken cancellationToken)
    {
        await RunUntilAsync(channel, isDone: null, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>Polls until the target works on nothing of the channel any more.</summary>
    /// <exception cref="ArgumentException">There is no such channel.</exception>
    public Task<OutboxDrain> DrainAsync(string channel, CancellationToken cancellationToken) =>
        RunUntilAsync(channel, static backlog => !backlog.HasOperations, cancellationToken);

    internal Task<OutboxDrain> RunUntilAsync(string channel, Func<Backlog, bool>? isDone, CancellationToken cancellationToken) => _loops.PollAsync(channel, isDone, cancellationToken);
}
