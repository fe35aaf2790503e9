using System.Collections.Concurrent;
using System.Globalization;

namespace Simulators.Calendars;

/// <summary>Something that happened to the feeds: they changed, or the provider behaves otherwise.</summary>
/// <param name="Feeds">Which feeds: numbers and ranges such as "1-10,55".</param>
/// <param name="Behaviour">The behaviour from now on, or null for a change of the content.</param>
/// <param name="Count">For how many requests the behaviour lasts, or null for good.</param>
/// <param name="At">When it happened.</param>
/// <param name="IsWear">Whether nobody ordered it: a request met a behaviour of limited count, and this is what is left of it.</param>
internal sealed record FeedsEvent(string Feeds, FeedBehaviour? Behaviour, int? Count, DateTimeOffset At, bool IsWear = false);

/// <summary>How a feed stands: how often it changed, when last, and how the provider behaves.</summary>
internal sealed record FeedState(int Revision, DateTimeOffset ChangedAt, FeedBehaviour Behaviour, int? BehaviourCount)
{
    /// <summary>What every feed is before anything happened.</summary>
    public static FeedState First { get; } = new(0, new DateTimeOffset(2026, 1, 1, 6, 0, 0, TimeSpan.Zero), FeedBehaviour.Normal, null);
}

/// <summary>The state of all feeds. What happened is written down, so that the same feeds stand after a kill.</summary>
internal sealed class FeedDesk : IDisposable
{
    private readonly EventFile<FeedsEvent> _file;
    private readonly SimulatorOptions _options;
    private readonly TimeProvider _clock;
    private readonly ConcurrentDictionary<int, FeedState> _states = new();
    private readonly Lock _lock = new();
    private int _orderCount;

    public FeedDesk(SimulatorOptions options, TimeProvider clock)
    {
        _options = options;
        _clock = clock;
        _file = new(Path.Combine(options.DataFolder, "calendars.jsonl"), CalendarJson.Default.FeedsEvent);
        foreach (var happened in _file.Known)
            Apply(happened);
        if (_file.Known.Count == 0)
            BehaveAtFirst(options.FeedBehaviours);
    }

    public FeedState StateOf(int feed) => _states.GetValueOrDefault(feed, FeedState.First);

    /// <summary>The behaviour that this request meets; one that was ordered for a number of requests wears off.</summary>
    public FeedBehaviour TakeBehaviour(int feed)
    {
        lock (_lock)
        {
            var state = StateOf(feed);
            if (state.BehaviourCount is not { } left)
                return state.Behaviour;
            var name = feed.ToString(CultureInfo.InvariantCulture);
            Happen(left <= 1 ? new(name, FeedBehaviour.Normal, null, _clock.GetUtcNow(), IsWear: true) : new(name, state.Behaviour, left - 1, _clock.GetUtcNow(), IsWear: true));
            return state.Behaviour;
        }
    }

    /// <summary>Changes so many per cent of the feeds, by one event each, and answers which.</summary>
    public IReadOnlyList<int> Change(double percent)
    {
        var salt = _orderCount + 1;
        var feeds = Enumerable.Range(1, _options.FeedCount).Where(feed => Draw.Unit(_options.Seed, feed, salt, 61) < percent / 100).ToList();
        if (feeds.Count > 0)
            Let(string.Join(',', feeds), null, null);
        return feeds;
    }

    public void Let(string feeds, FeedBehaviour? behaviour, int? count)
    {
        lock (_lock)
        {
            var happened = new FeedsEvent(feeds, behaviour, count, _clock.GetUtcNow());
            // Only what can be read is written down.
            _ = Parse(feeds).Count();
            Happen(happened);
        }
    }

    public void Dispose() => _file.Dispose();

    public static IEnumerable<int> Parse(string feeds)
    {
        foreach (var part in feeds.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var ends = part.Split('-').Select(end => int.Parse(end, CultureInfo.InvariantCulture)).ToArray();
            for (var feed = ends[0]; feed <= ends[^1]; feed++)
                yield return feed;
        }
    }

    private void BehaveAtFirst(string behaviours)
    {
        foreach (var part in behaviours.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (part.Split(':') is not [var name, var feeds] || !Enum.TryParse<FeedBehaviour>(name, ignoreCase: true, out var behaviour))
                throw new SimulatorSettingsException($"'--behaviours' says '{part}', which cannot be read. Write it as in 'SlowDrip:1-5'.");
            Let(feeds, behaviour, null);
        }
    }

    private void Happen(FeedsEvent happened)
    {
        _file.Append(happened);
        Apply(happened);
    }

    private void Apply(FeedsEvent happened)
    {
        // What requests wear off does not move the choice of the next change: the same orders give the same feeds.
        _orderCount += happened.IsWear ? 0 : 1;
        foreach (var feed in Parse(happened.Feeds))
        {
            var state = StateOf(feed);
            _states[feed] = happened.Behaviour is { } behaviour
                ? state with { Behaviour = behaviour, BehaviourCount = happened.Count }
                : state with { Revision = state.Revision + 1, ChangedAt = happened.At };
        }
    }
}
