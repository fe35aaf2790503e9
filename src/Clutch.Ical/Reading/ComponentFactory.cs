using System.Text;
using Clutch.Ical.Components;
using Clutch.Ical.Properties;

namespace Clutch.Ical.Reading;

/// <summary>Makes the component tree of a buffered component: one array of bytes for all of it, and one array of properties for each level.</summary>
internal ref struct ComponentFactory
{
    private readonly ComponentBuffer _buffer;
    private readonly ComponentMemory _memory;
    private readonly ArraySegment<byte> _bytes;
    private int _at;

    private ComponentFactory(ComponentBuffer buffer, ComponentMemory memory)
    {
        _buffer = buffer;
        _memory = memory;
        _bytes = memory.TakeBytes(buffer.Bytes);
        buffer.CopyTo(_bytes);
    }

    public static CalendarComponent Create(OpenComponent component, ComponentBuffer buffer, int propertiesBefore, ComponentMemory memory) =>
        new ComponentFactory(buffer, memory).Create(component, propertiesBefore);

    private CalendarComponent Create(OpenComponent component, int propertiesBefore)
    {
        var properties = _memory.TakeProperties(CountProperties(_buffer.Slots[_at..]));
        var target = properties.AsSpan();
        List<CalendarComponent>? inner = null;
        var count = 0;
        while (_at < _buffer.Slots.Length && _buffer.Slots[_at].Id != PropertyId.End)
        {
            ref readonly var slot = ref _buffer.Slots[_at++];
            if (slot.Id == PropertyId.Begin) (inner ??= []).Add(Create(OpenedBy(slot, _buffer), count));
            else target[count++] = new(_bytes.Array!, _bytes.Offset + _buffer.OffsetOf(slot), slot.Length, slot.NameLength, slot.ValueOffset, slot.Id);
        }

        _at++;
        return Whole(component, properties, inner, propertiesBefore);
    }

    private static OpenComponent OpenedBy(in LineSlot slot, ComponentBuffer buffer)
    {
        var name = ComponentNames.Clean(buffer.ValueOf(slot));
        var kind = ComponentNames.KindOf(name);
        return new(kind, kind == ComponentKind.Other ? Encoding.UTF8.GetString(name) : ComponentNames.NameOf(kind), slot.LineNumber);
    }

    private static int CountProperties(ReadOnlySpan<LineSlot> slots)
    {
        var (count, depth) = (0, 0);
        foreach (ref readonly var slot in slots)
        {
            if (slot.Id == PropertyId.Begin) depth++;
            else if (slot.Id == PropertyId.End && --depth < 0) break;
            else if (slot.Id != PropertyId.End && depth == 0) count++;
        }

        return count;
    }

    private static CalendarComponent Whole(OpenComponent open, ArraySegment<CalendarProperty> properties, List<CalendarComponent>? inner, int propertiesBefore)
    {
        var component = Typed(open, properties);
        component.PropertiesBefore = propertiesBefore;
        if (inner is null) return component;
        foreach (var child in inner) component.AddAsRead(child);
        component.EndAsRead();
        return component;
    }

    private static CalendarComponent Typed(OpenComponent open, ArraySegment<CalendarProperty> properties) => open.Kind switch
    {
        ComponentKind.Event => new CalendarEvent(properties) { LineNumber = open.LineNumber },
        ComponentKind.Alarm => new CalendarAlarm(properties) { LineNumber = open.LineNumber },
        ComponentKind.ToDo => new CalendarToDo(properties) { LineNumber = open.LineNumber },
        ComponentKind.Journal => new CalendarJournal(properties) { LineNumber = open.LineNumber },
        ComponentKind.FreeBusy => new CalendarFreeBusy(properties) { LineNumber = open.LineNumber },
        ComponentKind.TimeZone => new CalendarTimeZone(properties) { LineNumber = open.LineNumber },
        _ => new CalendarComponent(open.Name, open.Kind, properties) { LineNumber = open.LineNumber },
    };
}
