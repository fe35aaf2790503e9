using Clutch.Ical.Components;

namespace Clutch.Ical.Reading;

/// <summary>Keeps the components of a feed and, when it is whole, drops duplicates and tells what the events say oddly.</summary>
internal sealed class CalendarCollection(ReadOptions options)
{
    private readonly EventsByKey _byKey = new();
    private readonly HashSet<CalendarComponent> _duplicates = [];
    private readonly List<Fault> _faults = [];
    private readonly ComponentMemory _memory = new();
    private readonly List<EventsToCheck> _toCheck = [];

    public void Add(in ScannedComponent component)
    {
        if (_toCheck.Count == 0 || _toCheck[^1].Calendar != component.Calendar) _toCheck.Add(new(component.Calendar, component.Zones, options));
        var whole = component.ToComponent(_memory);
        _toCheck[^1].Note(whole);
        if (whole is CalendarEvent calendarEvent) Compete(component.KeyHash, calendarEvent);
        component.Calendar.AddAsRead(whole);
    }

    public ReadResult Finish(ReadResult result)
    {
        if (result.Verdict == ReadVerdict.Reject) return result;

        foreach (var fault in _faults) result.Add(fault);
        if (_duplicates.Count > 0)
            foreach (var calendar in result.Calendars) calendar.RemoveAll(_duplicates);
        foreach (var events in _toCheck) events.Check(_duplicates, result.Add);
        return result;
    }

    /// <summary>Of events with one key the highest revision stays; of equal ones the last in the feed.</summary>
    private void Compete(ContentHash key, CalendarEvent candidate)
    {
        ref var best = ref _byKey.PlaceOf(key);
        var (winner, loser) = best is null || ComponentRevision.Of(candidate) >= ComponentRevision.Of(best) ? (candidate, best) : (best, candidate);
        best = winner;
        if (loser is null) return;

        _duplicates.Add(loser);
        _faults.Add(new(FaultKind.Duplicate, loser.LineNumber, "Another event has the same UID and RECURRENCE-ID and a later revision."));
    }
}
