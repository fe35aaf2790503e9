using System.Collections.Concurrent;

namespace Apps.Tests.FaultPlan;

/// <summary>The named points at which clients shall kill themselves, in an order that the seed chose. One that was not reached comes again.</summary>
internal sealed class FailPointQueue
{
    private static readonly string[] Names =
    [
        "extract.before-page", "extract.after-page", "extract.after-detail", "extract.inside-store", "extract.before-complete", "extract.inside-delete", "engine.AfterCommit",
        "relay.after-claim", "relay.after-submit", "relay.inside-save", "relay.after-save", "poller.after-status", "poller.inside-settle", "poller.after-settle",
    ];

    private readonly ConcurrentQueue<string> _queue;

    public FailPointQueue(int rounds, Random random)
    {
        var all = Enumerable.Repeat(Names, rounds).SelectMany(names => names).Select(name => $"{name}:{1 + random.Next(2)}:kill").ToArray();
        random.Shuffle(all);
        _queue = new(all);
        Count = all.Length;
    }

    public int Count { get; }

    /// <summary>The next point, or null where there is none; one that only an extract reaches is left to a client that extracts.</summary>
    public string? Next(bool extracts)
    {
        for (var left = _queue.Count; left > 0 && _queue.TryDequeue(out var point); left--)
        {
            if (extracts || point.StartsWith("relay.", StringComparison.Ordinal) || point.StartsWith("poller.", StringComparison.Ordinal))
                return point;
            _queue.Enqueue(point);
        }

        return null;
    }

    public void Return(string point) => _queue.Enqueue(point);
}
