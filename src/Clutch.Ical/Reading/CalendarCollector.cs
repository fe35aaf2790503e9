using Clutch.Ical.Components;
using Clutch.Ical.Properties;
using Clutch.Ical.Zones;

namespace Clutch.Ical.Reading;

/// <summary>The calendars of a feed as far as they are read: their own properties and the time zones they define.</summary>
internal sealed class CalendarCollector(ReadOptions options, FaultLog faults)
{
    private readonly List<Calendar> _calendars = [];
    private readonly ComponentBuffer _buffer = new();
    private ZoneResolver? _resolver;
    private int _keptCount;

    public int Count => _calendars.Count;

    public IReadOnlyList<Calendar> Calendars => _calendars;

    public Calendar Current => _calendars[^1];

    public int PropertyCount => Current.PropertyList.Count;

    public ZoneResolver Resolver => _resolver ??= new ZoneResolver(options.DefaultZone);

    public void Begin(int lineNumber)
    {
        _calendars.Add(new Calendar(default(PropertyList)) { LineNumber = lineNumber });
        _resolver = null;
    }

    public void Add(in ContentLine line, int lineNumber)
    {
        // Of all calendars together: a feed may hold thousands, and each would keep as many again.
        if (_keptCount >= options.Limits.ComponentProperties)
        {
            faults.Add(FaultKind.ComponentTooLarge, lineNumber, "The calendars of the feed have more properties of their own than the limit; this one was left out.");
            return;
        }

        _buffer.Clear();
        _buffer.Add(line, lineNumber);
        _buffer.Sanitize(faults);
        if (_buffer.Slots.IsEmpty) return;

        _keptCount++;
        var slot = _buffer.Slots[0];
        Current.Add(new CalendarProperty(_buffer.LineOf(slot).ToArray(), 0, slot.Length, slot.NameLength, slot.ValueOffset, slot.Id));
    }

    public void AddZone(in ScannedComponent component) => Resolver.Define((CalendarTimeZone)component.ToComponent());

    /// <summary>The current calendar is whole: looks at what it says about itself.</summary>
    public void End()
    {
        Current.EndAsRead();
        CheckHint(PropertyId.RefreshInterval);
        CheckHint(PropertyId.PublishedTtl);
    }

    private void CheckHint(PropertyId id)
    {
        if (!Current.TryFind(id, out var hint)) return;
        if (hint.TryGetDuration(out var duration) && !duration.IsNegative && duration != default) return;
        faults.Add(FaultKind.BadHint, Current.LineNumber, $"The {hint.Name} of the calendar is no duration above zero and was ignored.");
    }
}
