using Clutch.Ical.Properties;
using Clutch.Ical.Values;

namespace Clutch.Ical.Components;

/// <summary>The values of all RDATE or all EXDATE lines of an event (RFC 5545, 3.8.5.1 and 3.8.5.2).</summary>
internal static class DateList
{
    /// <summary>Calls one of the two for each value that can be read; returns how many cannot.</summary>
    public static int Read(CalendarComponent component, PropertyId id, int most, Action<CalendarTime> onTime, Action<CalendarPeriod> onPeriod)
    {
        var (count, badCount) = (0, 0);
        foreach (var property in component.PropertySpan)
        {
            if (property.Id != id || property.ValueUtf8.IsEmpty) continue;
            var timeZoneId = property.FindTimeZoneId();
            foreach (var range in property.ValueUtf8.Split((byte)','))
            {
                if (count++ >= most) return badCount;
                var value = property.ValueUtf8[range];
                if (CalendarTime.TryParse(value, timeZoneId, out var time)) onTime(time);
                else if (CalendarPeriod.TryParse(value, timeZoneId, out var period)) onPeriod(period);
                else badCount++;
            }
        }

        return badCount;
    }

    public static int Count(CalendarComponent component, PropertyId id)
    {
        var count = 0;
        foreach (var property in component.PropertySpan)
            if (property.Id == id && !property.ValueUtf8.IsEmpty) count += property.ValueUtf8.Count((byte)',') + 1;
        return count;
    }
}
