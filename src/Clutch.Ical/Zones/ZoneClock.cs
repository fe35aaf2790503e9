using Clutch.Ical.Values;
using NodaTime;

namespace Clutch.Ical.Zones;

/// <summary>Maps wall-clock seconds of one zone to UTC seconds. A gap moves the time forward, an overlap takes the first of both (RFC 5545, 3.3.5).</summary>
/// <remarks>It remembers the last stretch between two changes of the clock, so that the instances of a series cost a subtraction each.</remarks>
internal sealed class ZoneClock(DateTimeZone zone)
{
    // Within a day of a change the zone itself is asked: no change moves the clock by more.
    private const long Margin = SecondClock.SecondsPerDay;

    private long _plainFrom = long.MaxValue;
    private long _plainTo = long.MinValue;
    private long _offset;

    public DateTimeZone Zone => zone;

    /// <param name="local">The wall-clock time.</param>
    /// <param name="floor">No later wall-clock time maps to an earlier instant than this: not the result itself where the clock springs forward.</param>
    public long ToUtc(long local, out long floor)
    {
        if (local < _plainFrom || local >= _plainTo) return Resolve(local, out floor);
        floor = local - _offset;
        return floor;
    }

    public long ToUtc(long local) => ToUtc(local, out _);

    public long ToLocal(long utc)
    {
        var local = utc + _offset;
        return local >= _plainFrom && local < _plainTo ? local : utc + zone.GetUtcOffset(SecondClock.ToInstant(utc)).Seconds;
    }

    /// <summary>No wall-clock time before this one maps to the instant or a later one, whatever change of the clock is near.</summary>
    public long EarliestLocal(long utc)
    {
        const long day = SecondClock.SecondsPerDay;
        return Math.Min(ToLocal(utc), Math.Min(ToLocal(utc - day) + day, ToLocal(utc + day) - day));
    }

    private long Resolve(long local, out long floor)
    {
        var mapping = zone.MapLocal(SecondClock.ToLocal(local));
        var utc = local - mapping.EarlyInterval.WallOffset.Seconds;
        floor = utc;
        if (mapping.Count == 0) floor = mapping.LateInterval.Start.ToUnixTimeSeconds();
        if (mapping.Count == 1) Remember(mapping.EarlyInterval);
        return utc;
    }

    private void Remember(NodaTime.TimeZones.ZoneInterval interval)
    {
        _offset = interval.WallOffset.Seconds;
        _plainFrom = interval.HasStart ? interval.Start.ToUnixTimeSeconds() + _offset + Margin : long.MinValue;
        _plainTo = interval.HasEnd ? interval.End.ToUnixTimeSeconds() + _offset - Margin : long.MaxValue;
    }
}
