using System.Globalization;

namespace Clutch.Tests.Ical;

/// <summary>Reads lists of dates as RFC 5545 prints them: <c>1997 Sep 2,9,16-18; Oct 1 | 1998 Jan 6</c>, optionally with times: <c>1997 Sep 2 @ 09:00,12:00</c>.</summary>
internal static class CompactDates
{
    public static IEnumerable<string> Read(string text, string time) => text.Split('|').SelectMany(year => ReadYear(year.Trim(), time));

    private static IEnumerable<string> ReadYear(string text, string time)
    {
        var year = text[..4];
        return text[5..].Split(';').SelectMany(month => ReadMonth(year, month.Trim(), time));
    }

    private static IEnumerable<string> ReadMonth(string year, string text, string time)
    {
        var parts = text.Split('@', StringSplitOptions.TrimEntries);
        var month = DateTime.ParseExact(parts[0][..3], "MMM", CultureInfo.InvariantCulture).Month;
        var times = parts.Length > 1 ? parts[1].Split(',') : [time];
        return
            from day in parts[0][4..].Split(',').SelectMany(ReadDays)
            from clock in times
            select string.Create(CultureInfo.InvariantCulture, $"{year}-{month:00}-{day:00}T{clock}:00");
    }

    private static IEnumerable<int> ReadDays(string text)
    {
        var bounds = text.Split('-').Select(day => int.Parse(day, CultureInfo.InvariantCulture)).ToArray();
        return Enumerable.Range(bounds[0], bounds[^1] - bounds[0] + 1);
    }
}
