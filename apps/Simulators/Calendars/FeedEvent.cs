namespace Simulators.Calendars;

/// <summary>One event of a feed. What it says follows from the seed, the feed, its index and how often it changed.</summary>
internal sealed record FeedEvent(string Uid, int Sequence, DateTimeOffset Start, DateTimeOffset End, FeedEventKind Kind, string Summary, string Location)
{
    public static FeedEvent Make(long seed, int feed, int index, int changeCount)
    {
        var kind = (FeedEventKind)(index % 8 < 4 ? index % 8 : 0);
        var day = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddDays(Draw.Below(540, seed, feed, index));
        var start = kind is FeedEventKind.AllDay ? day : day.AddMinutes(15 * (24 + Draw.Below(48, seed, feed, index, changeCount)));
        var end = kind is FeedEventKind.AllDay ? day.AddDays(1 + Draw.Below(3, seed, feed, index, changeCount)) : start.AddMinutes(30 + (15 * Draw.Below(6, seed, feed, index)));
        return new FeedEvent($"event-{feed}-{index}@calendars.example", changeCount, start, end, kind, $"Meeting {index} of feed {feed}, version {changeCount + 1}",
            $"Room {Draw.Below(60, seed, feed, index, 5)}, 2nd floor; Köln");
    }
}

internal enum FeedEventKind
{
    /// <summary>Begins and ends in UTC.</summary>
    Utc,

    /// <summary>Days without a time.</summary>
    AllDay,

    /// <summary>In the time of Europe/Berlin, whose rules stand in the file.</summary>
    Zoned,

    /// <summary>Five times, every week, in UTC.</summary>
    Weekly,
}
