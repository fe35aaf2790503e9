using System.Runtime.InteropServices;
using Clutch.Ical.Components;
using Clutch.Ical.Zones;

namespace Clutch.Ical.Reading;

/// <summary>Keeps the components of a feed and, when it is whole, drops duplicates and looks at what the events say.</summary>
internal sealed class CalendarCollection(ReadOptions options)
{
    private readonly Dictionary<ContentHash, CalendarEvent> _byKey = [];
    private readonly HashSet<CalendarComponent> _duplicates = [];
    private readonly List<Fault> _faults = [];
    private readonly ComponentMemory _memory = new();

    public void Add(in ScannedComponent component)
    {
        var whole = component.ToComponent(_memory);
        if (whole is CalendarEvent calendarEvent) Compete(component.KeyHash, calendarEvent);
        component.Calendar.AddAsRead(whole);
    }

    public ReadResult Finish(ReadResult result)
    {
        if (result.Verdict == ReadVerdict.Reject) return result;

        foreach (var fault in _faults) result.Add(fault);
        foreach (var calendar in result.Calendars)
        {
            if (_duplicates.Count > 0) calendar.RemoveAll(_duplicates);
            Check(calendar, result);
        }

        return result;
    }

    /// <summary>Of events with one key the highest revision stays; of equal ones the last in the feed.</summary>
    private void Compete(ContentHash key, CalendarEvent candidate)
    {
        ref var best = ref CollectionsMarshal.GetValueRefOrAddDefault(_byKey, key, out _);
        var (winner, loser) = best is null || ComponentRevision.Of(candidate) >= ComponentRevision.Of(best) ? (candidate, best) : (best, candidate);
        best = winner;
        if (loser is null) return;

        _duplicates.Add(loser);
        _faults.Add(new(FaultKind.Duplicate, loser.LineNumber, "Another event has the same UID and RECURRENCE-ID and a later revision."));
    }

    private void Check(Calendar calendar, ReadResult result)
    {
        var check = new EventCheck(ZoneResolver.For(calendar, options.DefaultZone), options.Limits, result.Add);
        foreach (var component in calendar.Components)
            if (component is CalendarEvent calendarEvent) check.Look(calendarEvent);
    }
}
