using System.Globalization;
using System.Text;
using CalendarSync.Feeds;
using CalendarSync.Jobs;
using CalendarSync.Storage;
using Clutch.Ical.Reading;

namespace Apps.Tests.CalendarSync.Batch;

/// <summary>What the import keeps of a body besides its events.</summary>
public sealed class FeedReaderTests
{
    private const int MostKept = 256 * 1_024;

    [Fact]
    public async Task Of_a_feeds_own_zones_only_what_defines_them_is_kept()
    {
        var comments = string.Concat(Enumerable.Repeat($"COMMENT:{new string('x', 60_000)}\r\n", 10));

        var kept = await ZonesOfAsync(ZoneOf("Own", comments, $"{comments}TZNAME:OWN\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nRDATE:20260301T020000\r\n"));

        Assert.Equal(
            "BEGIN:VTIMEZONE\r\nTZID:Own\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\nTZOFFSETFROM:+0300\r\nTZOFFSETTO:+0300\r\n" +
            "TZNAME:OWN\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nRDATE:20260301T020000\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n",
            kept);
    }

    [Fact]
    public async Task No_more_zones_are_kept_than_are_used()
    {
        var kept = await ZonesOfAsync(string.Concat(Enumerable.Range(0, 150).Select(number => ZoneOf($"Own {number}") + ZoneOf($"OWN {number}"))));

        Assert.Equal(Enumerable.Range(0, 100).Select(number => $"TZID:Own {number}"), kept!.Split("\r\n").Where(line => line.StartsWith("TZID", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Zones_that_are_too_long_are_left_out_and_shorter_ones_kept()
    {
        var dates = string.Concat(Enumerable.Range(0, 10).Select(_ => $"RDATE:{string.Join(',', Enumerable.Range(1601, 1_000).Select(year => $"{year}0301T020000"))}\r\n"));

        var kept = await ZonesOfAsync(ZoneOf("Long", "", dates) + ZoneOf("Longer", "", dates) + ZoneOf("Short"));

        Assert.InRange(kept!.Length, 1, MostKept);
        Assert.Contains("TZID:Long\r\n", kept, StringComparison.Ordinal);
        Assert.Contains("TZID:Short\r\n", kept, StringComparison.Ordinal);
        Assert.DoesNotContain("TZID:Longer\r\n", kept, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Own", null)]
    [InlineData("Other", "line 2: Nobody knows the time zone 'Own' of DTSTART; the event is shown as if it were yours.")]
    public async Task A_zone_that_the_feed_defines_after_its_events_is_known(string defined, string? notes)
    {
        var (_, changes) = await ReadAsync($"BEGIN:VEVENT\r\nUID:1\r\nDTSTART;TZID=Own:20260302T090000\r\nEND:VEVENT\r\n{ZoneOf(defined)}");

        Assert.Equal(notes, changes.Notes);
    }

    [Fact]
    public void Feeds_are_looked_up_without_their_zones() => Assert.DoesNotContain("custom_zones", DueFeed.Columns);

    private static string ZoneOf(string id, string properties = "", string observance = "") => string.Create(CultureInfo.InvariantCulture,
        $"BEGIN:VTIMEZONE\r\nTZID:{id}\r\n{properties}BEGIN:STANDARD\r\nDTSTART:16010101T000000\r\nTZOFFSETFROM:+0300\r\nTZOFFSETTO:+0300\r\n{observance}END:STANDARD\r\nEND:VTIMEZONE\r\n");

    private static async Task<string?> ZonesOfAsync(string zones) => (await ReadAsync($"{zones}BEGIN:VEVENT\r\nUID:1\r\nDTSTART:20260302T090000Z\r\nEND:VEVENT\r\n")).Changes.CustomZones;

    private static async Task<(ReadResult Result, FeedChanges Changes)> ReadAsync(string components)
    {
        using var body = new FeedBody(65_536);
        await body.AppendAsync(Encoding.UTF8.GetBytes($"BEGIN:VCALENDAR\r\n{components}END:VCALENDAR\r\n"), CancellationToken.None);
        var fetched = new FetchOutcome.Fetched(body, null, new() { AnsweredBy = new("http://x.example/") });
        return await FeedReader.ReadAsync(new FeedRecord { Id = 1, Revision = 0, State = "new" }, fetched, new KnownEvents(), new FeedOptions(), CancellationToken.None);
    }
}
