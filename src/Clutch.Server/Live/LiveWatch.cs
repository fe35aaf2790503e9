using System.Threading.Channels;

namespace Clutch.Server.Live;

/// <summary>Somebody who watches one execution, or all that run. Whoever reads too slowly misses what is outdated, never what is latest.</summary>
internal sealed class LiveWatch(LiveHub hub, long? executionId) : IDisposable
{
    private const int MaxWaiting = 64;

    private readonly Channel<LiveEvent> _events = Channel.CreateBounded<LiveEvent>(
        new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    /// <summary>The execution, or null for all that run.</summary>
    public long? ExecutionId { get; } = executionId;

    public bool Concerns(LiveEvent liveEvent) => ExecutionId is null || ExecutionId == liveEvent.Progress.ExecutionId;

    public void Offer(LiveEvent liveEvent) => _events.Writer.TryWrite(liveEvent);

    /// <summary>The next event, or null when none came in time or the wait was cancelled.</summary>
    public async ValueTask<LiveEvent?> NextOrNullAsync(TimeSpan patience, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(patience, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await _events.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            return null;
        }
    }

    public void Dispose() => hub.Leave(this);
}
