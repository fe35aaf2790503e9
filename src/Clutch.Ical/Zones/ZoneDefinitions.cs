using Clutch.Ical.Components;
using Clutch.Ical.Properties;
using Clutch.Ical.Values;
using NodaTime;

namespace Clutch.Ical.Zones;

/// <summary>Writes time zones into calendars: every TZID that a calendar uses needs its VTIMEZONE (RFC 5545, 3.2.19), or Outlook shows another hour.</summary>
public static class ZoneDefinitions
{
    // A series without an end is defined this far; where a plain yearly rule describes the changes it goes on for ever anyway.
    private const int YearsAhead = 20;

    // An old series still runs: under the rules of its first twenty years it would be an hour off today.
    // A constant and not the date of today, so that the same calendar gives the same bytes whenever it is written.
    private static readonly LocalDate Horizon = new(2060, 1, 1);

    /// <summary>Adds a definition for each TZID that the events and tasks of a calendar use and that it does not define.</summary>
    /// <param name="calendar">The calendar.</param>
    /// <param name="zones">Knows the zones; a TZID it does not know gets no definition.</param>
    /// <returns>The TZIDs nobody knows.</returns>
    public static IReadOnlyList<string> AddMissing(Calendar calendar, ZoneResolver zones)
    {
        ArgumentNullException.ThrowIfNull(calendar);
        ArgumentNullException.ThrowIfNull(zones);
        var defined = calendar.TimeZones.Select(zone => zone.TimeZoneId).ToHashSet(StringComparer.Ordinal);
        List<string> unknown = [];
        foreach (var (id, range) in UsedZones(calendar).Where(used => !defined.Contains(used.Key)))
        {
            if (zones.FindZone(id) is { } zone) calendar.Add(Define(id, zone, range.First, range.Last));
            else unknown.Add(id);
        }

        return unknown;
    }

    /// <summary>A definition of a zone for the years used.</summary>
    /// <param name="id">The TZID to give it.</param>
    /// <param name="zone">The zone.</param>
    /// <param name="first">The first day on which it is used.</param>
    /// <param name="last">The last day.</param>
    public static CalendarTimeZone Define(string id, DateTimeZone zone, LocalDate first, LocalDate last)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        ArgumentNullException.ThrowIfNull(zone);
        var definition = new CalendarTimeZone { TimeZoneId = id };
        foreach (var observance in ObservanceRuns.Of(zone, first, last)) definition.Add(observance);
        return definition;
    }

    private static SortedDictionary<string, (LocalDate First, LocalDate Last)> UsedZones(Calendar calendar)
    {
        var used = new SortedDictionary<string, (LocalDate First, LocalDate Last)>(StringComparer.Ordinal);
        foreach (var component in calendar.Components.Where(component => component.Kind != ComponentKind.TimeZone))
            foreach (var property in component.Properties)
                if (property.FindTimeZoneId() is { Length: > 0 }) Widen(used, component, property);
        return used;
    }

    /// <summary>By every value of a line: EXDATE and RDATE list many, and the latter periods.</summary>
    private static void Widen(SortedDictionary<string, (LocalDate First, LocalDate Last)> used, CalendarComponent component, CalendarProperty property)
    {
        List<CalendarTime> times = [];
        var left = int.MaxValue;
        DateList.Read(property, ref left, times.Add, period => times.AddRange([period.Start, period.End ?? After(period.Start, period.Duration.GetValueOrDefault())]));
        times.RemoveAll(time => time.Kind != CalendarTimeKind.Zoned);
        if (times.Count == 0) return;

        var (id, first, last) = (times[0].TimeZoneId!, times.Min(time => time.Date), LastUse(component, times.MaxBy(time => time.Local)));
        used[id] = used.TryGetValue(id, out var known) ? (LocalDate.Min(known.First, first), LocalDate.Max(known.Last, last)) : (first, last);
    }

    /// <summary>The last day of what starts then, of all its instances if it recurs.</summary>
    private static LocalDate LastUse(CalendarComponent component, CalendarTime start)
    {
        var end = After(start, LengthOf(component)).Date;
        if (!component.TryFind(PropertyId.RecurrenceRule, out _)) return end;
        return component is CalendarEvent { RecurrenceRule.Until: { } until }
            ? LocalDate.Max(end, After(until, LengthOf(component)).Date)
            : LocalDate.Max(Horizon, end.Year + YearsAhead <= 9999 ? end.PlusYears(YearsAhead) : end);
    }

    private static CalendarDuration LengthOf(CalendarComponent component)
    {
        if (component.DurationOf(PropertyId.Duration) is { } duration) return duration;
        if (component.TimeOf(PropertyId.DtStart) is not { } start) return CalendarDuration.Zero;
        var end = component.TimeOf(PropertyId.DtEnd) ?? component.TimeOf(PropertyId.Due) ?? start;
        return new(0, end.LocalSeconds - start.LocalSeconds);
    }

    /// <summary>The later of both ends: what points backwards is used at its start.</summary>
    private static CalendarTime After(CalendarTime start, CalendarDuration duration) =>
        start.At(start.LocalSeconds + Math.Max(0, ((long)duration.Days * SecondClock.SecondsPerDay) + duration.Seconds));
}
