using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Simulators.Calendars;

/// <summary>The requests for a feed since the start of the process, or since the counts were set to nought.</summary>
internal sealed record FeedCount(int Requests, int Full, int NotModified, int Other, int Conditional, long Bytes);

internal sealed record FeedTotals(FeedCount All, int FeedsAsked, int MostAtOnce);

internal sealed record ChangedFeeds(IReadOnlyList<int> Feeds);

internal sealed record BehaviourOrder(string Feeds, FeedBehaviour Behaviour, int? Count);

internal sealed record FeedTruth(int Feed, int Revision, FeedBehaviour Behaviour, DateTimeOffset ChangedAt, IReadOnlyList<FeedEvent> Events);

/// <summary>Counts requests, feed by feed, and how many came at once.</summary>
internal sealed class FeedCounts
{
    private readonly ConcurrentDictionary<int, FeedCount> _counts = new();
    private readonly Lock _lock = new();
    private int _now;
    private int _mostAtOnce;

    public FeedTotals Totals
    {
        get
        {
            var all = _counts.Values.Aggregate(new FeedCount(0, 0, 0, 0, 0, 0), (sum, count) => new FeedCount(sum.Requests + count.Requests, sum.Full + count.Full, sum.NotModified + count.NotModified,
                sum.Other + count.Other, sum.Conditional + count.Conditional, sum.Bytes + count.Bytes));
            return new FeedTotals(all, _counts.Count, _mostAtOnce);
        }
    }

    public FeedCount Of(int feed) => _counts.GetValueOrDefault(feed) ?? new FeedCount(0, 0, 0, 0, 0, 0);

    public void Begin()
    {
        lock (_lock)
            _mostAtOnce = Math.Max(_mostAtOnce, ++_now);
    }

    public void End(int feed, int status, bool conditional, long bytes)
    {
        lock (_lock)
        {
            _now--;
            var count = Of(feed);
            _counts[feed] = new FeedCount(count.Requests + 1, count.Full + (status == 200 ? 1 : 0), count.NotModified + (status == 304 ? 1 : 0), count.Other + (status is 200 or 304 ? 0 : 1),
                count.Conditional + (conditional ? 1 : 0), count.Bytes + bytes);
        }
    }

    public void Clear()
    {
        lock (_lock)
        {
            _counts.Clear();
            _mostAtOnce = _now;
        }
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = true)]
[JsonSerializable(typeof(FeedsEvent))]
[JsonSerializable(typeof(FeedCount))]
[JsonSerializable(typeof(FeedTotals))]
[JsonSerializable(typeof(ChangedFeeds))]
[JsonSerializable(typeof(BehaviourOrder))]
[JsonSerializable(typeof(FeedTruth))]
internal sealed partial class CalendarJson : JsonSerializerContext;
