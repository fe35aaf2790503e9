using System.Globalization;
using System.Text;

namespace Clutch.Benchmarks.Ical;

/// <summary>A calendar like those of real feeds: 250 bytes an event, two languages, some folds, escapes and rules. Always the same bytes.</summary>
internal static class SpeedFeed
{
    private static readonly string[] Titles = ["Team sync", "야간 근무 인수인계", "Review, part 2", "Lunch", "Planning; next quarter", "주간 회의", "1:1"];

    public static byte[] Create(int eventCount)
    {
        using var bytes = new MemoryStream(eventCount * 260);
        using (var feed = new StreamWriter(bytes, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\r\n" })
        {
            feed.WriteLine("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//clutch//speed//EN");
            for (var number = 0; number < eventCount; number++) WriteEvent(feed, number);
            feed.WriteLine("END:VCALENDAR");
        }

        return bytes.ToArray();
    }

    private static void WriteEvent(StreamWriter feed, int number)
    {
        var day = new DateOnly(2020, 1, 1).AddDays(number % 3_000).ToString("yyyyMMdd", CultureInfo.InvariantCulture);
        feed.WriteLine("BEGIN:VEVENT");
        feed.WriteLine(string.Create(CultureInfo.InvariantCulture, $"UID:{number:x8}-4f0c-11ee-be56@feed.example.com"));
        feed.WriteLine("DTSTAMP:20260301T000000Z");
        feed.WriteLine($"DTSTART;TZID=Asia/Seoul:{day}T090000");
        feed.WriteLine($"DTEND;TZID=Asia/Seoul:{day}T103000");
        feed.WriteLine("SUMMARY:" + Titles[number % Titles.Length].Replace(",", "\\,", StringComparison.Ordinal).Replace(";", "\\;", StringComparison.Ordinal));
        feed.WriteLine("LOCATION:Room 3\\, 2F");
        if (number % 5 == 0) feed.WriteLine("DESCRIPTION:Agenda:\\n- what we did since the last time\\n- what we do unti\r\n l the next\\n- what keeps us from it");
        if (number % 10 == 0) feed.WriteLine("RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=20");
        feed.WriteLine("STATUS:CONFIRMED");
        feed.WriteLine("END:VEVENT");
    }
}
