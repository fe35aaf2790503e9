namespace Clutch.Scheduling.Times;

/// <summary>Time zones by IANA name.</summary>
internal static class Zones
{
    /// <summary>The zone, or null where this machine knows none of that name.</summary>
    public static TimeZoneInfo? Find(string name) => TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone : null;

    /// <summary>The zone of a definition that was checked.</summary>
    public static TimeZoneInfo Of(ScheduleDefinition definition) => TimeZoneInfo.FindSystemTimeZoneById(definition.TimeZone);

    /// <summary>The next instant after the given one at which the zone's clock is set, or null within two years.</summary>
    public static DateTimeOffset? NextChange(TimeZoneInfo zone, DateTimeOffset after)
    {
        var low = after;
        for (var day = 1; day <= 731; day++)
        {
            var high = after.AddDays(day);
            if (zone.GetUtcOffset(high) != zone.GetUtcOffset(low))
                return FirstAfterChange(zone, low, high);
            low = high;
        }

        return null;
    }

    private static DateTimeOffset FirstAfterChange(TimeZoneInfo zone, DateTimeOffset low, DateTimeOffset high)
    {
        var offset = zone.GetUtcOffset(low);
        while (high - low > TimeSpan.FromSeconds(1))
        {
            var middle = low + ((high - low) / 2);
            if (zone.GetUtcOffset(middle) == offset)
                low = middle;
            else
                high = middle;
        }

        return new(high.UtcTicks - (high.UtcTicks % TimeSpan.TicksPerMinute), TimeSpan.Zero);
    }
}
