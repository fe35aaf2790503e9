using Clutch.Ical.Components;
using Clutch.Ical.Values;
using NodaTime;

namespace Clutch.Ical.Zones;

/// <summary>Finds the zone that a TZID means and turns what a calendar says into instants.</summary>
/// <remarks>A TZID is, in this order: an id of the time zone database; the same behind a prefix of another program; a name of Windows or Outlook;
/// a plain offset; a VTIMEZONE of the same calendar; and else the default zone. One resolver serves one calendar, on one thread at a time.</remarks>
public sealed class ZoneResolver
{
    // Merged feeds bring a dozen that nobody else knows; each may hold a megabyte of changes.
    private const int MostDefined = 100;

    private readonly Dictionary<string, ZoneClock?> _clocks = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FileZone> _defined = new(StringComparer.OrdinalIgnoreCase);
    private readonly ZoneClock _utc = new(DateTimeZone.Utc);
    private readonly ZoneClock _default;
    private string? _lastId;
    private ZoneClock? _last;

    /// <summary>A resolver without zones of a file.</summary>
    /// <param name="defaultZone">The zone of floating times, of dates where they must be compared with instants, and of unknown TZIDs.</param>
    public ZoneResolver(DateTimeZone defaultZone)
    {
        ArgumentNullException.ThrowIfNull(defaultZone);
        _default = new(defaultZone);
    }

    /// <summary>The zone of floating times.</summary>
    public DateTimeZone DefaultZone => _default.Zone;

    /// <summary>The TZID that was asked for last: nearly all events of a feed name the same one.</summary>
    internal string? LastTimeZoneId => _lastId;

    /// <summary>A resolver that knows the time zones which a calendar defines.</summary>
    /// <param name="calendar">The calendar.</param>
    /// <param name="defaultZone">As for the constructor; UTC if null. X-WR-TIMEZONE is not obeyed: it is a hint, and yours to weigh.</param>
    public static ZoneResolver For(Calendar calendar, DateTimeZone? defaultZone = null)
    {
        ArgumentNullException.ThrowIfNull(calendar);
        var resolver = new ZoneResolver(defaultZone ?? DateTimeZone.Utc);
        foreach (var zone in calendar.TimeZones) resolver.Define(zone);
        return resolver;
    }

    /// <summary>The zone that a TZID means, or null when nobody knows it.</summary>
    public DateTimeZone? FindZone(string timeZoneId)
    {
        ArgumentNullException.ThrowIfNull(timeZoneId);
        return FindClock(timeZoneId)?.Zone;
    }

    /// <summary>The instant of a time. A date is its midnight in <see cref="DefaultZone"/>: to compare with, not to store.</summary>
    /// <remarks>A wall-clock time that a zone skips moves forward by the length of the gap; one that comes twice is the first (RFC 5545, 3.3.5).</remarks>
    public Instant ToInstant(CalendarTime time) => SecondClock.ToInstant(ToUtc(time));

    /// <summary>Takes over a zone of the file; the first definition of a name counts, and none for a name that is known anyway.</summary>
    internal void Define(CalendarTimeZone definition)
    {
        if (definition.TimeZoneId is not { Length: > 0 } id || _defined.Count >= MostDefined) return;
        if (_defined.ContainsKey(id) || KnownZones.Find(id) is not null) return;

        _defined.Add(id, new FileZone(id, definition));
        _clocks.Clear();
        _lastId = null;
    }

    internal long ToUtc(CalendarTime time) => ClockOf(time).ToUtc(time.LocalSeconds);

    internal ZoneClock ClockOf(CalendarTime time) => time.Kind switch
    {
        CalendarTimeKind.Utc => _utc,
        CalendarTimeKind.Zoned => FindClock(time.TimeZoneId!) ?? _default,
        _ => _default,
    };

    private ZoneClock? FindClock(string timeZoneId)
    {
        if (!ReferenceEquals(timeZoneId, _lastId)) (_last, _lastId) = (LookUpClock(timeZoneId), timeZoneId);
        return _last;
    }

    private ZoneClock? LookUpClock(string timeZoneId)
    {
        if (_clocks.TryGetValue(timeZoneId, out var known)) return known;

        var zone = KnownZones.Find(timeZoneId) ?? FindDefined(timeZoneId) ?? KnownZones.FindByDisplayedOffset(timeZoneId);
        var clock = zone is null ? null : new ZoneClock(zone);
        _clocks.Add(timeZoneId, clock);
        return clock;
    }

    private FileZone? FindDefined(string timeZoneId) => _defined.TryGetValue(timeZoneId, out var zone) && zone.IsUsable ? zone : null;
}
