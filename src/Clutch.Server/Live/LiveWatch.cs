using System.Threading.Channels;

namespace Clutch.Server.Live;

/// <summary>Somebody who watches one execution, or all that run. Whoever reads too slowly misses what is outdated, never what is latest.</summary>
internal sealed class LiveWatch(LiveHub hub, long? executionId) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<long, LiveEvent> _waiting = [];

    // Says only that something waits: what it is may be replaced by something later, of the same execution, until it is taken.
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    /// <summary>The execution, or null for all that run.</summary>
    public long? ExecutionId { get; } = executionId;

    public bool Concerns(LiveEvent liveEvent) => ExecutionId is null || ExecutionId == liveEvent.Progress.ExecutionId;

    public void Offer(LiveEvent liveEvent)
    {
        lock (_lock)
            _waiting[liveEvent.Progress.ExecutionId] = liveEvent;
        _signal.Writer.TryWrite(true);
    }

    /// <summary>The next event, or null when none came in time or the wait was cancelled.</summary>
    public async ValueTask<LiveEvent?> NextOrNullAsync(TimeSpan patience, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(patience, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            while (true)
            {
                if (TakeOrNull() is { } next)
                    return next;
                await _signal.Reader.ReadAsync(either.Token);
            }
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            return null;
        }
    }

    public void Dispose() => hub.Leave(this);

    // In the order of their numbers: who comes back with the last one has missed none before it.
    private LiveEvent? TakeOrNull()
    {
        lock (_lock)
        {
            var next = _waiting.Values.MinBy(waiting => waiting.Sequence);
            if (next is not null)
                _waiting.Remove(next.Progress.ExecutionId);
            return next;
        }
    }
}
