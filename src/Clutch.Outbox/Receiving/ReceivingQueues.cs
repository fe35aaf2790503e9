using System.Collections.Concurrent;

namespace Clutch.Outbox.Receiving;

/// <summary>The queues of this service and their signals.</summary>
internal sealed class ReceivingQueues(IReadOnlyDictionary<string, Func<IServiceProvider, IOperationHandler>> handlers)
{
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _signals = new();

    public IReadOnlyCollection<string> Names => [.. handlers.Keys];

    public IOperationHandler HandlerOf(string queue, IServiceProvider services) => handlers[queue](services);

    /// <summary>Lets one idle worker of this process look at once.</summary>
    public void Wake(string queue)
    {
        var signal = SignalOf(queue);
        // A worker at work looks again anyway: a few signals are enough for all that is idle.
        if (signal.CurrentCount < 256)
            signal.Release();
    }

    public async ValueTask WaitAsync(string queue, TimeSpan atMost, CancellationToken cancellationToken) => await SignalOf(queue).WaitAsync(atMost, cancellationToken);

    private SemaphoreSlim SignalOf(string queue) => _signals.GetOrAdd(queue, _ => new(0));
}
