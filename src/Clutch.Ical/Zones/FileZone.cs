using Clutch.Ical.Components;
using Clutch.Ical.Values;
using NodaTime;
using NodaTime.TimeZones;

namespace Clutch.Ical.Zones;

/// <summary>A zone as a VTIMEZONE defines it (RFC 5545, 3.6.5), with its changes worked out as far as they are asked for.</summary>
internal sealed class FileZone : DateTimeZone
{
    // No real zone changes twice within two days, and what maps local times relies on it.
    private const long LeastGap = 2 * SecondClock.SecondsPerDay;

    // Fifty years more at a time: most calendars ask once.
    private const long Ahead = 50L * 366 * SecondClock.SecondsPerDay;

    private readonly List<ZoneObservance> _observances;
    private List<ZoneChange> _changes = [];
    private ZoneInterval[] _intervals = [];
    private long _knownUntil = long.MinValue;

    public FileZone(string id, CalendarTimeZone definition)
        : base(id, false, Offset.MinValue, Offset.MaxValue)
    {
        _observances = [.. definition.Observances.Select(ZoneObservance.TryRead).OfType<ZoneObservance>()];
    }

    /// <summary>Whether it defines any offset at all.</summary>
    public bool IsUsable => _observances.Count > 0;

    public override ZoneInterval GetZoneInterval(Instant instant)
    {
        var utc = instant.ToUnixTimeSeconds();
        if (_intervals.Length == 0 || utc >= _knownUntil) WorkOutUntil(Math.Min(utc, SecondClock.Latest) + Ahead);

        var (low, high) = (0, _intervals.Length - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (_intervals[middle].Start <= instant) low = middle;
            else high = middle - 1;
        }

        return _intervals[low];
    }

    private void WorkOutUntil(long utc)
    {
        _knownUntil = utc;
        List<ZoneChange> changes = [.. _observances.SelectMany(observance => observance.ChangesUntil(utc))];
        changes.Sort((left, right) => left.AtUtc.CompareTo(right.AtUtc));
        _changes = DropTooClose(changes);
        _intervals = [.. Enumerable.Range(-1, _changes.Count + 1).Select(IntervalAfter)];
    }

    private static List<ZoneChange> DropTooClose(List<ZoneChange> changes)
    {
        List<ZoneChange> kept = [];
        foreach (var change in changes)
            if (kept.Count == 0 || change.AtUtc - kept[^1].AtUtc >= LeastGap) kept.Add(change);
        return kept;
    }

    /// <summary>The stretch after a change; before the first change the offset from which that one starts.</summary>
    private ZoneInterval IntervalAfter(int change)
    {
        Instant? start = change < 0 ? null : SecondClock.ToInstant(_changes[change].AtUtc);
        Instant? end = change + 1 < _changes.Count ? SecondClock.ToInstant(_changes[change + 1].AtUtc) : null;
        var offset = change >= 0 ? _changes[change].To : _changes.Count > 0 ? _changes[0].From : _observances[0].To;
        return new ZoneInterval(change < 0 ? Id : _changes[change].Name, start, end, offset, Offset.Zero);
    }
}
