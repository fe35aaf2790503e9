using Clutch.Ical.Components;
using Clutch.Ical.Zones;

namespace Clutch.Ical.Reading;

/// <summary>The events of one calendar that <see cref="EventCheck"/> has something to tell about.</summary>
/// <remarks>Each event is looked at when it is read, for its bytes are at hand then: looking at all of a large calendar once more at its end takes a
/// fifth of the time of reading it. What there is to tell is told at the end, when it is known which events stay.</remarks>
internal sealed class EventsToCheck
{
    private readonly ReadOptions _options;
    private readonly EventCheck _firstLook;
    private readonly List<CalendarEvent> _odd = [];
    private bool _isOdd;
    private bool _hasEvents;
    private bool _hasLateZone;

    /// <param name="calendar">The calendar, still being read.</param>
    /// <param name="zones">The zones it has defined so far.</param>
    /// <param name="options">How to read.</param>
    public EventsToCheck(Calendar calendar, ZoneResolver zones, ReadOptions options)
    {
        Calendar = calendar;
        _options = options;
        _firstLook = new EventCheck(zones, options.Limits, _ => _isOdd = true);
    }

    public Calendar Calendar { get; }

    /// <summary>Looks at the next component of the calendar.</summary>
    public void Note(CalendarComponent component)
    {
        // Events before it may mean this zone: nothing that was found out about them holds.
        if (component.Kind == ComponentKind.TimeZone) _hasLateZone |= _hasEvents;
        if (component is not CalendarEvent calendarEvent) return;

        _hasEvents = true;
        _isOdd = false;
        if (!_hasLateZone) _firstLook.Look(calendarEvent);
        if (_isOdd) _odd.Add(calendarEvent);
    }

    /// <summary>Tells what the events say oddly, but for those that were dropped.</summary>
    public void Check(HashSet<CalendarComponent> dropped, Action<Fault> report)
    {
        if (!_hasLateZone && _odd.Count == 0) return;
        var check = new EventCheck(ZoneResolver.For(Calendar, _options.DefaultZone), _options.Limits, report);
        foreach (var calendarEvent in _hasLateZone ? Calendar.Events : _odd)
            if (!dropped.Contains(calendarEvent)) check.Look(calendarEvent);
    }
}
