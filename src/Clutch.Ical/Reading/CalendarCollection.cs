using System.Runtime.InteropServices;
using Clutch.Ical.Components;
using Clutch.Ical.Zones;

namespace Clutch.Ical.Reading;

/// <summary>Keeps the components of a feed and, when it is whole, drops duplicates and looks at what the events say.</summary>
internal sealed class CalendarCollection(ReadOptions options)
{
    private readonly Dictionary<ContentHash, Candidate> _byKey = [];
    private readonly HashSet<CalendarComponent> _duplicates = [];
    private readonly List<(Calendar Calendar, CalendarComponent Component)> _components = [];
    private readonly List<Fault> _faults = [];

    public void Add(in ScannedComponent component)
    {
        var whole = component.ToComponent();
        if (whole is CalendarEvent calendarEvent) Compete(component, calendarEvent);
        _components.Add((component.Calendar, whole));
    }

    public ReadResult Finish(ReadResult result)
    {
        if (result.Verdict == ReadVerdict.Reject) return result;

        foreach (var fault in _faults) result.Add(fault);
        foreach (var (calendar, component) in _components)
            if (!_duplicates.Contains(component)) calendar.Add(component);
        foreach (var calendar in result.Calendars) Check(calendar, result);
        return result;
    }

    /// <summary>Of events with one key the highest revision stays; of equal ones the last in the feed.</summary>
    private void Compete(in ScannedComponent component, CalendarEvent calendarEvent)
    {
        var candidate = new Candidate(calendarEvent, component.Revision);
        ref var best = ref CollectionsMarshal.GetValueRefOrAddDefault(_byKey, component.KeyHash, out var exists);
        if (!exists)
        {
            best = candidate;
            return;
        }

        var loser = candidate.Revision >= best.Revision ? best : candidate;
        if (candidate.Revision >= best.Revision) best = candidate;
        _duplicates.Add(loser.Event);
        _faults.Add(new(FaultKind.Duplicate, loser.Event.LineNumber, "Another event has the same UID and RECURRENCE-ID and a later revision."));
    }

    private void Check(Calendar calendar, ReadResult result)
    {
        var check = new EventCheck(ZoneResolver.For(calendar, options.DefaultZone), options.Limits, result.Add);
        foreach (var component in calendar.Components)
            if (component is CalendarEvent calendarEvent) check.Look(calendarEvent);
    }

    private readonly record struct Candidate(CalendarEvent Event, ComponentRevision Revision);
}
