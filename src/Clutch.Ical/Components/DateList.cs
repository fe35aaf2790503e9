using Clutch.Ical.Properties;
using Clutch.Ical.Values;

namespace Clutch.Ical.Components;

/// <summary>The values of all RDATE or all EXDATE lines of an event (RFC 5545, 3.8.5.1 and 3.8.5.2).</summary>
internal static class DateList
{
    /// <summary>Calls one of the two for each value that can be read; returns how many cannot.</summary>
    public static int Read(CalendarComponent component, PropertyId id, int most, Action<CalendarTime> onTime, Action<CalendarPeriod> onPeriod)
    {
        var badCount = 0;
        foreach (var property in component.PropertyList)
            if (property.Id == id) badCount += Read(property, ref most, onTime, onPeriod);
        return badCount;
    }

    /// <summary>The same for the values of one line; <paramref name="left"/> falls by each that was looked at.</summary>
    public static int Read(in CalendarProperty property, ref int left, Action<CalendarTime> onTime, Action<CalendarPeriod> onPeriod)
    {
        if (property.ValueUtf8.IsEmpty) return 0;
        var badCount = 0;
        var timeZoneId = property.FindTimeZoneId();
        foreach (var range in property.ValueUtf8.Split((byte)','))
        {
            if (left == 0) return badCount;
            left--;
            var value = property.ValueUtf8[range];
            if (CalendarTime.TryParse(value, timeZoneId, out var time)) onTime(time);
            else if (CalendarPeriod.TryParse(value, timeZoneId, out var period)) onPeriod(period);
            else badCount++;
        }

        return badCount;
    }

    public static int Count(CalendarComponent component, PropertyId id)
    {
        var count = 0;
        foreach (var property in component.PropertyList)
            if (property.Id == id && !property.ValueUtf8.IsEmpty) count += property.ValueUtf8.Count((byte)',') + 1;
        return count;
    }
}
