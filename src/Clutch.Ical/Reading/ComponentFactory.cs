using System.Text;
using Clutch.Ical.Components;
using Clutch.Ical.Properties;

namespace Clutch.Ical.Reading;

/// <summary>Makes the component tree of a buffered component: one stretch of memory for the properties of each level.</summary>
/// <param name="buffer">The component.</param>
/// <param name="memory">Where to keep it, or null for arrays of its own.</param>
internal ref struct ComponentFactory(ComponentBuffer buffer, ComponentMemory? memory)
{
    private int _at;

    public static CalendarComponent Create(OpenComponent component, ComponentBuffer buffer, int propertiesBefore, ComponentMemory? memory) =>
        new ComponentFactory(buffer, memory).Create(component, propertiesBefore);

    private CalendarComponent Create(OpenComponent component, int propertiesBefore)
    {
        var properties = Room();
        List<CalendarComponent>? inner = null;
        while (_at < buffer.Slots.Length && buffer.Slots[_at].Id != PropertyId.End)
        {
            ref readonly var slot = ref buffer.Slots[_at++];
            if (slot.Id == PropertyId.Begin) (inner ??= []).Add(Create(OpenedBy(slot, buffer), properties.Count));
            else properties.Add(buffer.LineOf(slot), slot.NameLength, slot.ValueOffset, slot.Id);
        }

        _at++;
        return Whole(component, properties.ToList(), inner, propertiesBefore);
    }

    /// <summary>Room for the properties of the component that begins here, without those of the components inside it.</summary>
    private readonly PropertyList.Filler Room()
    {
        var (count, bytes, depth) = (0, 0, 0);
        foreach (ref readonly var slot in buffer.Slots[_at..])
        {
            if (slot.Id == PropertyId.Begin) depth++;
            else if (slot.Id == PropertyId.End && --depth < 0) break;
            else if (slot.Id != PropertyId.End && depth == 0) (count, bytes) = (count + 1, bytes + slot.Length);
        }

        var size = PropertyList.SizeOf(count, bytes);
        return new(memory?.Take(size) ?? new byte[size], count);
    }

    private static OpenComponent OpenedBy(in LineSlot slot, ComponentBuffer buffer)
    {
        var name = ComponentNames.Clean(buffer.ValueOf(slot));
        var kind = ComponentNames.KindOf(name);
        return new(kind, kind == ComponentKind.Other ? Encoding.UTF8.GetString(name) : ComponentNames.NameOf(kind), slot.LineNumber);
    }

    private static CalendarComponent Whole(OpenComponent open, PropertyList properties, List<CalendarComponent>? inner, int propertiesBefore)
    {
        var component = Typed(open, properties);
        component.PropertiesBefore = propertiesBefore;
        if (inner is null) return component;
        foreach (var child in inner) component.AddAsRead(child);
        component.EndAsRead();
        return component;
    }

    private static CalendarComponent Typed(OpenComponent open, PropertyList properties) => open.Kind switch
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
