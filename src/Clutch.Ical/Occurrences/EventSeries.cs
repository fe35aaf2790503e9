using Clutch.Ical.Components;
using Clutch.Ical.Reading;
using Clutch.Ical.Zones;

namespace Clutch.Ical.Occurrences;

/// <summary>All events of one UID: the series and the overrides of its instances (RFC 5545, 3.8.4.4). An event that does not recur is a series of one.</summary>
/// <remarks>An override replaces the instance its RECURRENCE-ID names; a cancelled one removes it; one that names no instance is shown as itself.
/// A cancelled series has no occurrences but those of its overrides.</remarks>
public sealed class EventSeries
{
    /// <summary>A series of these events.</summary>
    /// <param name="id">What they are known by: <see cref="EventKey.Id"/>.</param>
    /// <param name="events">The events, in any order. Of several without RECURRENCE-ID the last is the series.</param>
    public EventSeries(string id, IEnumerable<CalendarEvent> events)
    {
        ArgumentNullException.ThrowIfNull(id);
        ArgumentNullException.ThrowIfNull(events);
        Id = id;
        var all = events.ToList();
        Master = all.FindLast(calendarEvent => calendarEvent.RecurrenceId is null);
        Overrides = all.FindAll(calendarEvent => calendarEvent.RecurrenceId is not null);
    }

    /// <summary>What its events are known by.</summary>
    public string Id { get; }

    /// <summary>The event with the rule, or null when the feed holds overrides only: an invitation to one instance.</summary>
    public CalendarEvent? Master { get; }

    /// <summary>The events that stand for single instances.</summary>
    public IReadOnlyList<CalendarEvent> Overrides { get; }

    /// <summary>Puts events together by UID, in the order in which the UIDs first appear.</summary>
    public static IReadOnlyList<EventSeries> Group(IEnumerable<CalendarEvent> events, ZoneResolver zones)
    {
        ArgumentNullException.ThrowIfNull(events);
        ArgumentNullException.ThrowIfNull(zones);
        return [.. events.GroupBy(calendarEvent => EventKey.Of(calendarEvent, zones).Id, StringComparer.Ordinal).Select(group => new EventSeries(group.Key, group))];
    }

    /// <summary>The occurrences from the first on, made as they are asked for. They may have no end: take as many as you need.</summary>
    /// <param name="zones">Turns times into instants.</param>
    /// <param name="window">Where to look, or null for everywhere. What lies before it is leapt over where the rule has no COUNT.</param>
    /// <param name="limits">How far to follow the series, or null for the defaults without a bound on the number of occurrences.</param>
    public IEnumerable<Occurrence> Occurrences(ZoneResolver zones, OccurrenceWindow? window = null, ExpansionLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(zones);
        return Walk(zones, window, limits ?? ExpansionLimits.Lazy);
    }

    /// <summary>The occurrences within a window, and whether these are all.</summary>
    /// <param name="zones">Turns times into instants.</param>
    /// <param name="window">Where to look.</param>
    /// <param name="limits">How far to follow the series, or null for the defaults.</param>
    public Expansion Expand(ZoneResolver zones, OccurrenceWindow window, ExpansionLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(zones);
        var walk = new SeriesWalk(this, zones, window, limits ?? ExpansionLimits.Default);
        List<Occurrence> occurrences = [];
        while (walk.MoveNext()) occurrences.Add(walk.Current);
        return new(occurrences, walk.EndedBy, walk.StepCount);
    }

    private IEnumerable<Occurrence> Walk(ZoneResolver zones, OccurrenceWindow? window, ExpansionLimits limits)
    {
        var walk = new SeriesWalk(this, zones, window, limits);
        while (walk.MoveNext()) yield return walk.Current;
    }
}
