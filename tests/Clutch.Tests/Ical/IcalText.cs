using System.Text;
using Clutch.Ical.Components;
using Clutch.Ical.Occurrences;
using Clutch.Ical.Reading;
using Clutch.Ical.Zones;
using NodaTime;

namespace Clutch.Tests.Ical;

/// <summary>Small feeds for tests: only the lines that matter are given.</summary>
internal static class IcalText
{
    public static byte[] Feed(params string[] events) =>
        Encoding.UTF8.GetBytes("BEGIN:VCALENDAR\r\n" + string.Concat(events) + "END:VCALENDAR\r\n");

    public static string Event(string uid, params string[] lines) =>
        $"BEGIN:VEVENT\r\nUID:{uid}\r\n{string.Concat(lines.Select(line => line + "\r\n"))}END:VEVENT\r\n";

    public static ReadResult Read(params string[] events) => CalendarReader.Read(Feed(events));

    public static IEnumerable<Occurrence> Occurrences(params string[] events)
    {
        var calendar = Read(events).Calendars[0];
        var zones = ZoneResolver.For(calendar);
        return EventSeries.Group(calendar.Events, zones).Single().Occurrences(zones);
    }

    public static IEnumerable<string> Starts(params string[] events) => Occurrences(events).Select(occurrence => occurrence.Start.ToString());

    public static Expansion Expand(OccurrenceWindow window, ExpansionLimits? limits, params string[] events)
    {
        Calendar calendar = Read(events).Calendars[0];
        var zones = ZoneResolver.For(calendar);
        return EventSeries.Group(calendar.Events, zones).Single().Expand(zones, window, limits);
    }

    public static OccurrenceWindow Years(int from, int to) => new(Instant.FromUtc(from, 1, 1, 0, 0), Instant.FromUtc(to, 1, 1, 0, 0));
}
