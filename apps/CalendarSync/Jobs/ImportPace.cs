using Microsoft.Extensions.Options;

namespace CalendarSync.Jobs;

/// <summary>Lets feeds begin one by one, so many a second and no more: an import that is spread leaves the machine free between any two.</summary>
internal sealed class ImportPace(IOptions<ImportOptions> options, TimeProvider timeProvider)
{
    private readonly TimeSpan _gap = options.Value.FeedsPerSecond == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(1) / options.Value.FeedsPerSecond;
    private readonly Lock _lock = new();
    // Not the wall's clock: one that is set back by an hour would hold up the import for that hour.
    private readonly long _created = timeProvider.GetTimestamp();
    private TimeSpan _next;

    /// <summary>Waits until the next feed may begin; who asks first goes first.</summary>
    public async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        if (_gap == TimeSpan.Zero) return;
        var wait = Reserve();
        if (wait > TimeSpan.Zero) await Task.Delay(wait, timeProvider, cancellationToken);
    }

    // Time that nobody used is gone: what was idle for a minute does not begin with a heap.
    private TimeSpan Reserve()
    {
        lock (_lock)
        {
            var now = timeProvider.GetElapsedTime(_created);
            var turn = _next > now ? _next : now;
            _next = turn + _gap;
            return turn - now;
        }
    }
}
