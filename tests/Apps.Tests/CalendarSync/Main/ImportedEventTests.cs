using System.Net;

namespace Apps.Tests.CalendarSync.Main;

/// <summary>What subscribers see of imported events.</summary>
public sealed class ImportedEventTests
{
    private const string Feed = """
        BEGIN:VCALENDAR
        VERSION:2.0
        PRODID:-//x//y//EN
        BEGIN:VTIMEZONE
        TZID:Customized Time Zone
        BEGIN:STANDARD
        DTSTART:16010101T000000
        TZOFFSETFROM:+0300
        TZOFFSETTO:+0300
        END:STANDARD
        END:VTIMEZONE
        BEGIN:VEVENT
        UID:weekly
        DTSTART;TZID=Asia/Seoul:20260302T090000
        DTEND;TZID=Asia/Seoul:20260302T100000
        RRULE:FREQ=WEEKLY;COUNT=4
        SUMMARY:Weekly
        END:VEVENT
        BEGIN:VEVENT
        UID:weekly
        RECURRENCE-ID;TZID=Asia/Seoul:20260309T090000
        DTSTART;TZID=Asia/Seoul:20260401T110000
        DTEND;TZID=Asia/Seoul:20260401T120000
        SUMMARY:Weekly, moved
        END:VEVENT
        BEGIN:VEVENT
        UID:holiday
        DTSTART;VALUE=DATE:20260301
        SUMMARY:Samiljeol
        END:VEVENT
        BEGIN:VEVENT
        UID:floating
        DTSTART:20260305T080000
        SUMMARY:Breakfast
        END:VEVENT
        BEGIN:VEVENT
        UID:custom
        DTSTART;TZID=Customized Time Zone:20260306T120000
        SUMMARY:Custom
        END:VEVENT
        BEGIN:VEVENT
        UID:cancelled
        DTSTART:20260307T080000Z
        STATUS:CANCELLED
        SUMMARY:Never
        END:VEVENT
        END:VCALENDAR
        """;

    [SkippableTheory]
    [InlineData(CalendarStore.Sqlite)]
    [InlineData(CalendarStore.PostgreSql)]
    public async Task Series_overrides_dates_and_floating_times_appear_in_the_zone_of_who_looks(CalendarStore store)
    {
        await using var main = await CalendarMain.StartAsync(store);
        using var alice = await main.AddUserAsync("alice", "Asia/Seoul");
        await main.ImportAsync(await alice.SubscribeAsync("https://example.com/a.ics"), Feed);

        var march = await alice.ListOccurrencesAsync("2026-03-01", "2026-04-01");
        var april = await alice.ListOccurrencesAsync("2026-04-01", "2026-05-01");

        Assert.Equal(
            [
                "2026-03-01 Samiljeol", "2026-03-02T09:00:00+09:00 Weekly", "2026-03-05T08:00:00+09:00 Breakfast", "2026-03-06T18:00:00+09:00 Custom",
                "2026-03-16T09:00:00+09:00 Weekly", "2026-03-23T09:00:00+09:00 Weekly",
            ],
            march);
        Assert.Equal(["2026-04-01T11:00:00+09:00 Weekly, moved"], april);
        Assert.Equal("2026-03-02T01:00:00+01:00", (string)(await alice.GetAsync("occurrences?from=2026-03-02&to=2026-03-03&timeZone=Europe/Berlin"))["items"]![0]!["start"]!);
    }

    [SkippableTheory]
    [InlineData(CalendarStore.Sqlite)]
    [InlineData(CalendarStore.PostgreSql)]
    public async Task A_time_in_a_zone_that_nobody_knows_is_found_in_the_zone_of_who_looks(CalendarStore store)
    {
        await using var main = await CalendarMain.StartAsync(store);
        using var alice = await main.AddUserAsync("alice", "Asia/Seoul");
        await main.ImportAsync(await alice.SubscribeAsync("https://example.com/a.ics"), """
            BEGIN:VCALENDAR
            VERSION:2.0
            PRODID:-//x//y//EN
            BEGIN:VEVENT
            UID:late
            DTSTART;TZID=Customized Time Zone:20260331T233000
            DURATION:PT15M
            SUMMARY:Late
            END:VEVENT
            END:VCALENDAR
            """);

        Assert.Equal(["2026-03-31T23:30:00+09:00 Late"], await alice.ListOccurrencesAsync("2026-03-01", "2026-04-01"));
    }

    [Fact]
    public async Task Series_beyond_the_steps_of_an_answer_are_left_out_and_the_answer_says_so()
    {
        await using var main = await CalendarMain.StartAsync();
        using var alice = await main.AddUserAsync("alice", "UTC");
        await alice.AddEventAsync(new { title = "Dentist", start = "2026-03-12T09:00" });
        // COUNT is counted from the start: some 12,000 months from the year 1000 to the range, in each series. The import gave up earlier.
        var events = Enumerable.Range(0, 30).Select(i =>
            $"BEGIN:VEVENT\r\nUID:{i}\r\nDTSTART:10000102T090000Z\r\nRRULE:FREQ=MONTHLY;COUNT=2;BYMONTH=2;BYMONTHDAY=30\r\nEND:VEVENT\r\n");
        await main.ImportAsync(await alice.SubscribeAsync("https://example.com/a.ics"), $"BEGIN:VCALENDAR\r\n{string.Concat(events)}END:VCALENDAR\r\n");

        var march = await alice.GetAsync("occurrences?from=2026-03-01&to=2026-04-01");

        Assert.Equal("Dentist", (string)march["items"]!.AsArray().Single()!["title"]!);
        Assert.False((bool)march["isComplete"]!);
    }

    [SkippableTheory]
    [InlineData(CalendarStore.Sqlite)]
    [InlineData(CalendarStore.PostgreSql)]
    public async Task A_rule_of_minutes_shows_its_first_instance_and_hides_no_other_calendar(CalendarStore store)
    {
        await using var main = await CalendarMain.StartAsync(store);
        using var alice = await main.AddUserAsync("alice", "UTC");
        await main.ImportAsync(
            await alice.SubscribeAsync("https://example.com/a.ics"), "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART:20260302T090000Z\nRRULE:FREQ=MINUTELY\nSUMMARY:Tick\nEND:VEVENT\nEND:VCALENDAR\n");
        await main.ImportAsync(
            await alice.SubscribeAsync("https://example.com/b.ics"), "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART:20260330T090000Z\nSUMMARY:Meeting\nEND:VEVENT\nEND:VCALENDAR\n");

        var march = await alice.GetAsync("occurrences?from=2026-03-01&to=2026-04-01");

        Assert.Equal(["Tick", "Meeting"], march["items"]!.AsArray().Select(item => (string)item!["title"]!));
        Assert.True((bool)march["isComplete"]!);
        Assert.Empty(await alice.ListOccurrencesAsync("2026-04-01", "2026-05-01"));
    }

    [SkippableTheory]
    [InlineData(CalendarStore.Sqlite)]
    [InlineData(CalendarStore.PostgreSql)]
    public async Task Calendars_share_a_full_answer_and_one_series_fills_none(CalendarStore store)
    {
        await using var main = await CalendarMain.StartAsync(store);
        using var alice = await main.AddUserAsync("alice", "UTC");
        await alice.AddEventAsync(new { title = "Own", start = "2026-03-12T09:00" });
        var dense = Enumerable.Range(0, 8).Select(i => $"BEGIN:VEVENT\nUID:{i}\nDTSTART:20260101T090000Z\nRRULE:FREQ=HOURLY;BYMINUTE=0,30\nSUMMARY:Dense {i}\nEND:VEVENT\n");
        var many = Enumerable.Range(0, 6_000).Select(i => $"BEGIN:VEVENT\nUID:{i}\nDTSTART:20260310T090000Z\nSUMMARY:Many\nEND:VEVENT\n");
        await main.ImportAsync(await alice.SubscribeAsync("https://example.com/a.ics"), $"BEGIN:VCALENDAR\n{string.Concat(dense)}END:VCALENDAR\n");
        await main.ImportAsync(await alice.SubscribeAsync("https://example.com/b.ics"), $"BEGIN:VCALENDAR\n{string.Concat(many)}END:VCALENDAR\n");
        await main.ImportAsync(
            await alice.SubscribeAsync("https://example.com/c.ics"), "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART:20260330T090000Z\nSUMMARY:Meeting\nEND:VEVENT\nEND:VCALENDAR\n");

        var march = await alice.GetAsync("occurrences?from=2026-03-01&to=2026-04-01");

        var counts = march["items"]!.AsArray().CountBy(item => ((string)item!["title"]!).Split(' ')[0], StringComparer.Ordinal).ToDictionary();
        Assert.Equal((1, 1), (counts["Own"], counts["Meeting"]));
        Assert.InRange(counts["Dense"], 2_000, 3_000);
        Assert.Equal(5_000, counts.Values.Sum());
        Assert.False((bool)march["isComplete"]!);
    }

    [Fact]
    public async Task One_series_of_a_stranger_takes_a_thousand_places_at_most()
    {
        await using var main = await CalendarMain.StartAsync();
        using var alice = await main.AddUserAsync("alice", "UTC");
        await main.ImportAsync(
            await alice.SubscribeAsync("https://example.com/a.ics"), "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART:20260101T090000Z\nRRULE:FREQ=HOURLY;BYMINUTE=0,30\nSUMMARY:Dense\nEND:VEVENT\nEND:VCALENDAR\n");

        var march = await alice.GetAsync("occurrences?from=2026-03-01&to=2026-04-01");

        Assert.Equal(1_000, march["items"]!.AsArray().Count);
        Assert.False((bool)march["isComplete"]!);
    }

    [SkippableTheory]
    [InlineData(CalendarStore.Sqlite)]
    [InlineData(CalendarStore.PostgreSql)]
    public async Task A_feed_is_shared_and_each_subscriber_has_a_label_of_his_own(CalendarStore store)
    {
        await using var main = await CalendarMain.StartAsync(store);
        using var alice = await main.AddUserAsync("alice");
        using var bob = await main.AddUserAsync("bob");

        var first = await alice.SubscribeAsync("webcal://Example.COM/a.ics#top", "Mine", "green");
        await main.ImportAsync(first, Feed);
        var second = await bob.SubscribeAsync("https://example.com:443/a.ics");

        Assert.Equal(1, await main.CountAsync("calendar_feed"));
        Assert.Single(main.Look.Asked); // the second subscriber's is known to be good
        Assert.Equal(await alice.ListOccurrencesAsync("2026-03-01", "2026-04-01"), await bob.ListOccurrencesAsync("2026-03-01", "2026-04-01"));
        Assert.Equal("green", (string)(await alice.GetAsync("occurrences?from=2026-03-01&to=2026-03-02"))["items"]![0]!["color"]!);
        Assert.Equal(HttpStatusCode.NoContent, await alice.SendAsync(HttpMethod.Delete, $"subscriptions/{first}"));
        Assert.Equal(1, await main.CountAsync("calendar_feed"));
        Assert.Equal(HttpStatusCode.NoContent, await bob.SendAsync(HttpMethod.Delete, $"subscriptions/{second}"));
        Assert.Equal(0, await main.CountAsync("calendar_feed"));
        Assert.Equal(0, await main.CountAsync("calendar_feed_event"));
    }
}
