using Clutch.Ical.Properties;

namespace Clutch.Ical.Components;

/// <summary>The order in which a sorted calendar is written.</summary>
internal static class ComponentOrder
{
    public static int Compare(CalendarComponent left, CalendarComponent right)
    {
        var byZone = (right.Kind == ComponentKind.TimeZone).CompareTo(left.Kind == ComponentKind.TimeZone);
        if (byZone != 0) return byZone;
        if (left.Kind == ComponentKind.TimeZone) return CompareValues(left, right, PropertyId.TimeZoneId);

        var byStart = CompareValues(left, right, PropertyId.DtStart);
        if (byStart != 0) return byStart;
        var byUid = CompareValues(left, right, PropertyId.Uid);
        return byUid != 0 ? byUid : CompareValues(left, right, PropertyId.RecurrenceId);
    }

    // Times compare as written: the order need only be the same each time, and these texts sort by time within one zone.
    private static int CompareValues(CalendarComponent left, CalendarComponent right, PropertyId id) =>
        ValueOf(left, id).SequenceCompareTo(ValueOf(right, id));

    private static ReadOnlySpan<byte> ValueOf(CalendarComponent component, PropertyId id) =>
        component.TryFind(id, out var property) ? property.ValueUtf8 : [];
}
