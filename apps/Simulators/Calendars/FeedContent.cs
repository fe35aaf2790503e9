namespace Simulators.Calendars;

/// <summary>What stands in a feed after so many changes.</summary>
internal static class FeedContent
{
    /// <summary>The events of a feed in the order of their indices. Of ten changes six alter an event, two add one, and two remove one.</summary>
    public static IReadOnlyList<FeedEvent> Of(long seed, int feed, int revision, int firstCount)
    {
        var changes = new SortedDictionary<int, int>(Enumerable.Range(0, firstCount).ToDictionary(index => index, _ => 0));
        var next = firstCount;
        for (var change = 1; change <= revision; change++)
            next = Change(changes, Draw.Unit(seed, feed, change, 41), Draw.Below(Math.Max(1, changes.Count), seed, feed, change), next);
        return [.. changes.Select(entry => FeedEvent.Make(seed, feed, entry.Key, entry.Value))];
    }

    private static int Change(SortedDictionary<int, int> changes, double drawn, int at, int next)
    {
        if (drawn >= 0.8 || changes.Count == 0)
        {
            changes[next] = 0;
            return next + 1;
        }

        var index = changes.Keys.ElementAt(at);
        if (drawn < 0.6)
            changes[index]++;
        else
            changes.Remove(index);
        return next;
    }
}
