using System.Globalization;
using System.Text;

namespace Simulators.Calendars;

/// <summary>A feed as iCalendar (RFC 5545): CRLF, folded at 75 octets.</summary>
internal static class FeedText
{
    private const string Berlin = """
        BEGIN:VTIMEZONE
        TZID:Europe/Berlin
        BEGIN:DAYLIGHT
        TZOFFSETFROM:+0100
        TZOFFSETTO:+0200
        TZNAME:CEST
        DTSTART:19810329T020000
        RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
        END:DAYLIGHT
        BEGIN:STANDARD
        TZOFFSETFROM:+0200
        TZOFFSETTO:+0100
        TZNAME:CET
        DTSTART:19961027T030000
        RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
        END:STANDARD
        END:VTIMEZONE
        """;

    /// <param name="name">The name of the calendar.</param>
    /// <param name="events">Its events, in the order in which they shall stand.</param>
    /// <param name="stamp">The DTSTAMP of all, or null for one that depends on the event alone.</param>
    /// <param name="refreshInterval">How often the provider wants to be asked.</param>
    public static byte[] Write(string name, IEnumerable<FeedEvent> events, DateTimeOffset? stamp, TimeSpan refreshInterval)
    {
        var text = new StringBuilder(16_384);
        Line(text, "BEGIN:VCALENDAR");
        Line(text, "VERSION:2.0");
        Line(text, "PRODID:-//Simulators//Calendars//EN");
        Line(text, "METHOD:PUBLISH");
        Line(text, $"X-WR-CALNAME:{name}");
        Line(text, $"REFRESH-INTERVAL;VALUE=DURATION:PT{(int)refreshInterval.TotalMinutes}M");
        Line(text, $"X-PUBLISHED-TTL:PT{(int)refreshInterval.TotalMinutes}M");
        foreach (var line in Berlin.Split('\n'))
            Line(text, line.TrimEnd('\r'));
        foreach (var item in events)
            Write(text, item, stamp);
        Line(text, "END:VCALENDAR");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void Write(StringBuilder text, FeedEvent item, DateTimeOffset? stamp)
    {
        Line(text, "BEGIN:VEVENT");
        Line(text, $"UID:{item.Uid}");
        Line(text, $"DTSTAMP:{Utc(stamp ?? item.Start.AddDays(-400))}");
        Line(text, $"SEQUENCE:{item.Sequence}");
        WriteTimes(text, item);
        Line(text, $"SUMMARY:{Escape(item.Summary)}");
        Line(text, $"LOCATION:{Escape(item.Location)}");
        Line(text, $"DESCRIPTION:{Escape($"Agenda of {item.Summary}.\nBring the papers; those who cannot come, tell the host beforehand, please.")}");
        Line(text, "END:VEVENT");
    }

    private static void WriteTimes(StringBuilder text, FeedEvent item)
    {
        var (parameter, format) = item.Kind switch
        {
            FeedEventKind.AllDay => (";VALUE=DATE", "yyyyMMdd"),
            FeedEventKind.Zoned => (";TZID=Europe/Berlin", "yyyyMMdd'T'HHmmss"),
            _ => ("", "yyyyMMdd'T'HHmmss'Z'"),
        };
        Line(text, $"DTSTART{parameter}:{item.Start.ToString(format, CultureInfo.InvariantCulture)}");
        Line(text, $"DTEND{parameter}:{item.End.ToString(format, CultureInfo.InvariantCulture)}");
        if (item.Kind is FeedEventKind.Weekly)
            Line(text, "RRULE:FREQ=WEEKLY;COUNT=5");
    }

    private static string Utc(DateTimeOffset at) => at.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    private static string Escape(string text) => text.Replace("\\", "\\\\").Replace(";", "\\;").Replace(",", "\\,").Replace("\n", "\\n");

    private static void Line(StringBuilder text, string line)
    {
        var octets = 0;
        foreach (var rune in line.EnumerateRunes())
        {
            if (octets + rune.Utf8SequenceLength > 75)
            {
                text.Append("\r\n ");
                octets = 1;
            }

            text.Append(rune.ToString());
            octets += rune.Utf8SequenceLength;
        }

        text.Append("\r\n");
    }
}
