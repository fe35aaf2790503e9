using System.Text;
using Clutch.Ical.Components;
using Clutch.Ical.Occurrences;
using Clutch.Ical.Reading;
using Clutch.Ical.Values;
using Clutch.Ical.Writing;
using Clutch.Ical.Zones;
using NodaTime;

namespace Clutch.Tests.Ical;

/// <summary>The code of docs/guides/icalendar.md, word for word.</summary>
public class GuideTests
{
    [Fact]
    public void Every_block_of_the_guide_stands_in_this_file()
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "Ical", "Guide");
        var source = Plain(File.ReadAllText(Path.Combine(folder, "GuideTests.cs")));
        var blocks = File.ReadAllText(Path.Combine(folder, "icalendar.md")).Split("```csharp\n")[1..].Select(block => block.Split("```")[0]).ToList();

        Assert.Equal(5, blocks.Count);
        Assert.All(blocks, block => Assert.Contains(Plain(block), source, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Read_a_feed()
    {
        var log = new List<string>();

        Assert.Equal("", await ReadAsync(new MemoryStream(SampleFiles.Read("50-odd-times.ics")), log));
        Assert.StartsWith("Nothing changed: ", await ReadAsync(new MemoryStream(SampleFiles.Read("36-truncated.ics")), log), StringComparison.Ordinal);

        Assert.Contains("2026-03-02T10:00:00Z end before start", log);
        Assert.Contains(log, line => line.Contains("tz-unknown", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Find_out_what_changed()
    {
        var feed = SampleFiles.Read("01-google-basic.ics");
        var changed = await ChangedAsync(new MemoryStream(feed), []);
        var known = new HashSet<ContentHash>();
        CalendarScanner.Scan(feed, (in ScannedComponent component) => known.Add(component.Hash));

        Assert.Equal(3, changed);
        Assert.Equal(0, await ChangedAsync(new MemoryStream(feed), known));
    }

    [Fact]
    public void Keys_and_expansion()
    {
        var calendar = CalendarReader.Read(SampleFiles.Read("02-google-override-exdate.ics")).Calendars[0];

        Assert.Equal(new EventKey("r1@google.com", "20260316T003000Z"), KeyOf(calendar.Events.ElementAt(1), ZoneResolver.For(calendar)));
        Assert.Equal(4, Expand(calendar, DateTimeZone.Utc).Count);
    }

    [Fact]
    public async Task Write_a_calendar()
    {
        using var target = new MemoryStream();
        await WriteAsync(target, Instant.FromUtc(2026, 3, 1, 0, 0));
        using var again = new MemoryStream();
        await WriteAsync(again, Instant.FromUtc(2026, 3, 1, 0, 0));

        Assert.Equal(target.ToArray(), again.ToArray());
        Assert.Contains("SUMMARY:Night\\; ward 3\r\n", Encoding.UTF8.GetString(target.ToArray()), StringComparison.Ordinal);
        Assert.Contains("BEGIN:VTIMEZONE\r\nTZID:Asia/Seoul\r\n", Encoding.UTF8.GetString(target.ToArray()), StringComparison.Ordinal);
    }

    private static async Task<string> ReadAsync(Stream body, List<string> log)
    {
        var result = await CalendarReader.ReadAsync(body, new ReadOptions { DefaultZone = DateTimeZoneProviders.Tzdb["Asia/Seoul"] });
        if (result.Verdict == ReadVerdict.Reject) return $"Nothing changed: {result.Rejection?.Reason}";

        foreach (var fault in result.Faults) log.Add($"line {fault.LineNumber}: {fault.Code}: {fault.Reason}");
        foreach (var single in result.Events) log.Add($"{single.Start} {single.Summary}");
        return "";
    }

    private static async Task<int> ChangedAsync(Stream body, HashSet<ContentHash> known)
    {
        var changed = new List<CalendarEvent>();
        var index = new ScanIndex();
        var result = await CalendarScanner.ScanAsync(body, (in ScannedComponent component) =>
        {
            index.Add(component);
            if (component.Kind == ComponentKind.Event && !known.Contains(component.Hash)) changed.Add(component.ToEvent());
        });
        Assert.Equal(ReadVerdict.Ok, result.Verdict);
        Assert.Equal(3, index.Entries.Count);
        return changed.Count;
    }

    private static EventKey KeyOf(CalendarEvent single, ZoneResolver zones)
    {
        var key = EventKey.Of(single, zones);   // EventKey { Id = "r1@google.com", Instance = "20260316T003000Z" }
        return key;
    }

    private static List<string> Expand(Calendar calendar, DateTimeZone defaultZone)
    {
        var lines = new List<string>();
        var zones = ZoneResolver.For(calendar, defaultZone);
        var window = new OccurrenceWindow(Instant.FromUtc(2026, 3, 1, 0, 0), Instant.FromUtc(2026, 5, 1, 0, 0));
        foreach (var series in EventSeries.Group(calendar.Events, zones))
            foreach (var occurrence in series.Expand(zones, window).Occurrences)
                lines.Add($"{occurrence.Start} {occurrence.Event.Summary}");
        return lines;
    }

    private static async Task WriteAsync(Stream target, Instant changedAt)
    {
        var calendar = new Calendar("-//Example Corp//Shifts 1.0//EN") { DisplayName = "Shifts", Method = "PUBLISH", RefreshInterval = CalendarDuration.OfExact(Duration.FromHours(6)) };
        calendar.Add(new CalendarEvent
        {
            Uid = "work-7f0c@shifts.example",
            Stamp = CalendarTime.OfInstant(changedAt),   // when the row changed, not now: the same data must give the same bytes
            Start = CalendarTime.OfZoned(new LocalDateTime(2026, 3, 2, 22, 0), "Asia/Seoul"),
            End = CalendarTime.OfZoned(new LocalDateTime(2026, 3, 3, 7, 0), "Asia/Seoul"),
            Summary = "Night; ward 3",
        });
        ZoneDefinitions.AddMissing(calendar, new ZoneResolver(DateTimeZone.Utc));   // Outlook is an hour off without them
        calendar.SortComponents();
        await CalendarWriter.WriteAsync(calendar, target);
    }

    private static string Plain(string code) => string.Join('\n', code.Split('\n').Select(line => line.Trim())).Trim();
}
