using System.Globalization;
using Clutch.Client.Wire;
using Clutch.Server.Queries;
using Clutch.Server.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Clutch.Server.Live;

/// <summary>Asks the database how far things are, once an interval for everybody who watches and never while nobody does, and tells what changed.</summary>
internal sealed class LiveHub(
    ProgressQueries progress, IOptions<ClutchServerOptions> options, TimeProvider timeProvider, IHostApplicationLifetime lifetime, ILogger<LiveHub> logger)
{
    // What a browser that reconnects within some seconds has missed; whoever was away longer gets the latest state instead.
    private const int MaxKept = 2_048;

    private readonly string _epoch = Guid.CreateVersion7().ToString("N");
    private readonly Lock _lock = new();
    private readonly HashSet<LiveWatch> _watches = [];
    private readonly Queue<LiveEvent> _kept = new();
    private readonly Dictionary<long, LiveEvent> _latest = [];
    private readonly Dictionary<long, StepRates> _rates = [];
    private long _sequence;
    private DateTimeOffset _changedAt;
    private bool _isAsking;

    /// <summary>How often the database was asked.</summary>
    public long QueryCount { get; private set; }

    /// <summary>How many watch.</summary>
    public int WatchCount
    {
        get
        {
            lock (_lock)
                return _watches.Count;
        }
    }

    /// <summary>When a status was last seen to have changed, or an execution to have begun.</summary>
    public DateTimeOffset ChangedAt
    {
        get
        {
            lock (_lock)
                return _changedAt;
        }
    }

    /// <summary>Begins to watch; null where too many do already.</summary>
    /// <param name="executionId">The execution, or null for all that run.</param>
    /// <param name="lastEventId">The last event that the watcher has seen, as <see cref="IdOf"/> wrote it, or null.</param>
    public LiveWatch? Watch(long? executionId, string? lastEventId)
    {
        lock (_lock)
        {
            if (_watches.Count >= options.Value.Live.MaxStreams)
                return null;
            var watch = new LiveWatch(this, executionId);
            foreach (var missed in MissedSince(lastEventId).Where(watch.Concerns))
                watch.Offer(missed);
            _watches.Add(watch);
            if (!_isAsking)
            {
                _isAsking = true;
                _ = AskAsync();
            }

            return watch;
        }
    }

    /// <summary>The event's id in a stream: it means something to this process alone, and another one answers it with the latest state.</summary>
    public string IdOf(LiveEvent liveEvent) => string.Create(CultureInfo.InvariantCulture, $"{_epoch}-{liveEvent.Sequence}");

    /// <summary>Whether the stream that ended with this event told all there is: the end of the execution.</summary>
    public bool HasToldLast(long executionId, string lastEventId)
    {
        lock (_lock)
        {
            return NumberOf(lastEventId) is { } last
                && _kept.LastOrDefault(kept => kept.Progress.ExecutionId == executionId) is { IsLast: true } end && end.Sequence <= last;
        }
    }

    public void Leave(LiveWatch watch)
    {
        lock (_lock)
            _watches.Remove(watch);
    }

    private IEnumerable<LiveEvent> MissedSince(string? lastEventId)
    {
        if (NumberOf(lastEventId) is { } last && (last == _sequence || (_kept.TryPeek(out var oldest) && oldest.Sequence <= last + 1)))
            return [.. _kept.Where(kept => kept.Sequence > last)];
        return [.. _latest.Values.OrderBy(latest => latest.Sequence)];
    }

    private long? NumberOf(string? lastEventId) =>
        lastEventId?.Split('-') is [var epoch, var number] && epoch == _epoch && long.TryParse(number, CultureInfo.InvariantCulture, out var last) ? last : null;

    private async Task AskAsync()
    {
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        using var timer = new PeriodicTimer(options.Value.Live.Interval, timeProvider);
        try
        {
            while (HasWatches())
            {
                await AskOnceAsync();
                await timer.WaitForNextTickAsync(lifetime.ApplicationStopping);
            }
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // The streams end with the application.
        }
    }

    private async Task AskOnceAsync()
    {
        try
        {
            QueryCount++;
            Tell(await progress.ListLiveAsync(Asked(), lifetime.ApplicationStopping));
        }
        catch (Exception fault) when (!lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // The database may be away for a while: the streams stay open, their heartbeat goes on, and the next look tells what changed.
            logger.LiveQueryFailed(fault);
        }
    }

    private bool HasWatches()
    {
        lock (_lock)
        {
            if (_watches.Count > 0)
                return true;
            // What is known now is old by the time somebody watches again.
            _latest.Clear();
            _rates.Clear();
            return _isAsking = false;
        }
    }

    // Those that are watched one by one, and those that ran at the last look: their end must be told, too.
    private List<long> Asked()
    {
        lock (_lock)
            return [.. _watches.Where(watch => watch.ExecutionId is not null).Select(watch => watch.ExecutionId!.Value).Concat(_latest.Keys).Distinct()];
    }

    private void Tell(IReadOnlyList<ProgressView> views)
    {
        lock (_lock)
        {
            foreach (var view in views)
                Tell(view);
            // What ended is asked for once more only while somebody watches it.
            foreach (var ended in _latest.Where(latest => latest.Value.IsLast && !_watches.Any(watch => watch.ExecutionId == latest.Key)).Select(latest => latest.Key).ToList())
            {
                _latest.Remove(ended);
                _rates.Remove(ended);
            }
        }
    }

    private void Tell(ProgressView view)
    {
        var before = _latest.GetValueOrDefault(view.ExecutionId)?.Progress;
        if (before is not null && IsSame(before, view))
            return;
        if (before is null || !HasSameShape(before, view))
            _changedAt = timeProvider.GetUtcNow();
        if (!_rates.TryGetValue(view.ExecutionId, out var rates))
            _rates[view.ExecutionId] = rates = new();
        var liveEvent = new LiveEvent(++_sequence, rates.Put(view));
        _latest[view.ExecutionId] = liveEvent;
        _kept.Enqueue(liveEvent);
        if (_kept.Count > MaxKept)
            _kept.Dequeue();
        foreach (var watch in _watches.Where(watch => watch.Concerns(liveEvent)))
            watch.Offer(liveEvent);
    }

    private static bool IsSame(ProgressView before, ProgressView now) =>
        before.Status == now.Status && before.Steps.Count == now.Steps.Count && before.Steps.Zip(now.Steps).All(pair =>
            pair.First.Step == pair.Second.Step && pair.First.Status == pair.Second.Status && pair.First.Counts == pair.Second.Counts && pair.First.Partitions == pair.Second.Partitions);

    private static bool HasSameShape(ProgressView before, ProgressView now) =>
        before.Status == now.Status && before.Steps.Select(step => (step.Step, step.Status)).SequenceEqual(now.Steps.Select(step => (step.Step, step.Status)));
}
