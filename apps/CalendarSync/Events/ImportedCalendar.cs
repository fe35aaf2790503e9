using System.Text;
using Clutch.Ical.Components;
using Clutch.Ical.Reading;
using NodaTime;

namespace CalendarSync.Events;

/// <summary>Stored components read again as the calendar they came from.</summary>
internal static class ImportedCalendar
{
    private static readonly byte[] Begin = "BEGIN:VCALENDAR\r\n"u8.ToArray();
    private static readonly byte[] End = "END:VCALENDAR\r\n"u8.ToArray();

    /// <summary>The calendar of some components.</summary>
    /// <param name="components">VEVENTs as text.</param>
    /// <param name="customZones">VTIMEZONEs of the feed as text, or null.</param>
    /// <param name="zone">Where floating times and unknown zones are read.</param>
    public static Calendar Read(IEnumerable<string> components, string? customZones, DateTimeZone zone)
    {
        using var text = new MemoryStream();
        text.Write(Begin);
        text.Write(Encoding.UTF8.GetBytes(customZones ?? string.Empty));
        foreach (var component in components)
            text.Write(Encoding.UTF8.GetBytes(component));
        text.Write(End);
        var result = CalendarReader.Read(text.GetBuffer().AsSpan(0, (int)text.Length), new() { DefaultZone = zone, Limits = ReadLimits.None });
        return result.Calendars.Count > 0 ? result.Calendars[0] : new("-//Clutch//CalendarSync//EN");
    }
}
