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

    private const long Year = 366L * SecondClock.SecondsPerDay;

    // Most calendars ask about a few years; Outlook's zones begin in 1601, and nobody asks about that.
    private const long Behind = 10 * Year;

    private const long Ahead = 50 * Year;

    // Twice a year from 1601 to 9999 is less.
    private const int MostChanges = 20_000;

    // One or two are usual; some programs write one for each year.
    private const int MostObservances = 200;

    private readonly List<ZoneObservance> _observances;
    private List<ZoneChange> _changes = [];
    private ZoneInterval[] _intervals = [];
    private long _knownFrom = long.MaxValue;
    private long _knownUntil = long.MinValue;

    public FileZone(string id, CalendarTimeZone definition)
        : base(id, false, Offset.MinValue, Offset.MaxValue)
    {
        _observances = [.. definition.Observances.Select(ZoneObservance.TryRead).OfType<ZoneObservance>().Take(MostObservances)];
    }

    /// <summary>Whether it defines any offset at all.</summary>
    public bool IsUsable => _observances.Count > 0;

    public override ZoneInterval GetZoneInterval(Instant instant)
    {
        var utc = instant.ToUnixTimeSeconds();
        if (utc < _knownFrom || utc >= _knownUntil) WorkOut(utc);

        var (low, high) = (0, _intervals.Length - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (_intervals[middle].Start <= instant) low = middle;
            else high = middle - 1;
        }

        return _intervals[low];
    }

    private void WorkOut(long utc)
    {
        // As much again as is known: times all over the calendar cost a few passes, and not one each.
        var known = _intervals.Length == 0 ? 0 : _knownUntil - _knownFrom;
        if (utc < _knownFrom) _knownFrom = utc - Math.Max(Behind, known);
        if (utc >= _knownUntil) _knownUntil = utc + Math.Max(Ahead, known);

        // Two years earlier, so that the change in force at the beginning is among them.
        List<ZoneChange> changes = [.. _observances.SelectMany(observance => observance.ChangesBetween(_knownFrom - (2 * Year), _knownUntil)).Take(MostChanges)];
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
