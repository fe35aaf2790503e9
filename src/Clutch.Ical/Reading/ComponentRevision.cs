using Clutch.Ical.Components;
using Clutch.Ical.Properties;
using Clutch.Ical.Values;

namespace Clutch.Ical.Reading;

/// <summary>Orders copies of one component: highest SEQUENCE, then LAST-MODIFIED, then DTSTAMP (RFC 5546, 2.1.5).</summary>
/// <param name="Sequence">SEQUENCE; 0 if absent.</param>
/// <param name="LastModified">LAST-MODIFIED in seconds since 1970; long.MinValue if absent.</param>
/// <param name="Stamp">DTSTAMP in seconds since 1970; long.MinValue if absent.</param>
public readonly record struct ComponentRevision(int Sequence, long LastModified, long Stamp) : IComparable<ComponentRevision>
{
    /// <summary>The revision of an event.</summary>
    public static ComponentRevision Of(CalendarEvent calendarEvent)
    {
        ArgumentNullException.ThrowIfNull(calendarEvent);
        return new(calendarEvent.Sequence ?? 0, SecondsOf(calendarEvent, PropertyId.LastModified), SecondsOf(calendarEvent, PropertyId.DtStamp));
    }

    /// <inheritdoc/>
    public int CompareTo(ComponentRevision other)
    {
        if (Sequence != other.Sequence) return Sequence.CompareTo(other.Sequence);
        return LastModified != other.LastModified ? LastModified.CompareTo(other.LastModified) : Stamp.CompareTo(other.Stamp);
    }

    /// <summary>Whether the left one is older.</summary>
    public static bool operator <(ComponentRevision left, ComponentRevision right) => left.CompareTo(right) < 0;

    /// <summary>Whether the left one is newer.</summary>
    public static bool operator >(ComponentRevision left, ComponentRevision right) => left.CompareTo(right) > 0;

    /// <summary>Whether the left one is not newer.</summary>
    public static bool operator <=(ComponentRevision left, ComponentRevision right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the left one is not older.</summary>
    public static bool operator >=(ComponentRevision left, ComponentRevision right) => left.CompareTo(right) >= 0;

    private static long SecondsOf(CalendarComponent component, PropertyId id) =>
        component.TryFind(id, out var property) && TimeText.TryRead(property.ValueUtf8, out var seconds, out _) ? seconds : long.MinValue;
}
