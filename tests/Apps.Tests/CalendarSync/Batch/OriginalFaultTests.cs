using Apps.Tests.CalendarSync.Security;
using CalendarSync.Feeds;

namespace Apps.Tests.CalendarSync.Batch;

/// <summary>The faults of the service this one starts from: none of them comes back.</summary>
public sealed class OriginalFaultTests
{
    [Fact]
    public async Task Times_with_a_zone_or_none_do_not_fail_the_feed_and_utc_stays_utc()
    {
        var events = await ImportAsync("DTSTART;TZID=Asia/Seoul:20260302T090000", "DTSTART:20260302T090000", "DTSTART:20260302T090000Z", "DTSTART;VALUE=DATE:20260302");

        Assert.Equal(["0|2026-03-02T00:00:00Z|E0", "1|2026-03-02T09:00:00|E1", "2|2026-03-02T09:00:00Z|E2", "3|2026-03-02|E3"], events);
    }

    [Fact]
    public async Task One_bad_event_costs_no_other()
    {
        var events = await ImportAsync("DTSTART:20260302T090000Z", "DTSTART:yesterday", "DTSTART:20260230T090000Z", "DTSTART:20260303T090000Z");

        Assert.Equal(["0|2026-03-02T09:00:00Z|E0", "3|2026-03-03T09:00:00Z|E3"], events);
    }

    [Fact]
    public async Task An_all_day_event_without_an_end_lasts_one_day()
    {
        var body = Calendar("DTSTART;VALUE=DATE:20260302");
        await using var server = new RawServer(_ => RawServer.Ok(body));
        await using var world = await BatchWorld.StartAsync("sqlite", feeds: 1);
        await world.SubscribeAsync($"http://127.0.0.1:{server.Port}/", 1);

        await world.ImportAsync();

        Assert.Equal(1, await world.CountAsync("SELECT count(*) FROM calendar_feed_event WHERE start_local = '2026-03-02' AND end_local = '2026-03-03' AND is_all_day"));
    }

    [Fact]
    public async Task A_feed_whose_first_import_stored_nothing_is_synced_again()
    {
        var bodies = new Queue<string>([Calendar(), Calendar("DTSTART:20260302T090000Z")]);
        await using var server = new RawServer(_ => RawServer.Ok(bodies.Dequeue()));
        await using var world = await BatchWorld.StartAsync("sqlite", feeds: 1);
        await world.SubscribeAsync($"http://127.0.0.1:{server.Port}/no-suffix?token=1", 1);

        await world.ImportAsync();
        Assert.Equal(nameof(SyncOutcome.Empty), (await world.FeedAsync(1)).LastOutcome);
        await world.ImportAsync();

        Assert.Single(await world.EventsAsync(1));
    }

    [Fact]
    public async Task A_body_that_breaks_off_stores_nothing_of_itself()
    {
        var bodies = new Queue<string>([Calendar("DTSTART:20260302T090000Z"), Calendar("DTSTART:20260305T090000Z", "DTSTART:20260306T090000Z")[..^20]]);
        await using var server = new RawServer(_ => RawServer.Ok(bodies.Dequeue()));
        await using var world = await BatchWorld.StartAsync("sqlite", feeds: 1);
        await world.SubscribeAsync($"http://127.0.0.1:{server.Port}/", 1);
        await world.ImportAsync();

        await world.ImportAsync();

        Assert.Equal(["0|2026-03-02T09:00:00Z|E0"], await world.EventsAsync(1));
        Assert.Equal(nameof(SyncOutcome.Rejected), (await world.FeedAsync(1)).LastOutcome);
    }

    [Fact]
    public async Task A_series_its_override_and_a_cancelled_instance_are_one_each()
    {
        const string Series = "BEGIN:VEVENT\r\nUID:s\r\nDTSTART:20260302T090000Z\r\nRRULE:FREQ=WEEKLY\r\nEXDATE:20260309T090000Z\r\nSUMMARY:Master\r\nEND:VEVENT\r\n";
        const string Override = "BEGIN:VEVENT\r\nUID:s\r\nRECURRENCE-ID:20260316T090000Z\r\nDTSTART:20260316T110000Z\r\nSUMMARY:Moved\r\nEND:VEVENT\r\n";
        const string Duplicate = "BEGIN:VEVENT\r\nUID:s\r\nSEQUENCE:2\r\nDTSTART:20260302T100000Z\r\nRRULE:FREQ=WEEKLY\r\nSUMMARY:Master\r\nEND:VEVENT\r\n";
        await using var server = new RawServer(_ => RawServer.Ok($"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{Series}{Override}{Duplicate}END:VCALENDAR\r\n"));
        await using var world = await BatchWorld.StartAsync("sqlite", feeds: 1);
        await world.SubscribeAsync($"http://127.0.0.1:{server.Port}/", 1);

        await world.ImportAsync();
        await world.ImportAsync();

        Assert.Equal(["s|2026-03-02T10:00:00Z|Master", "s|2026-03-16T11:00:00Z|Moved"], await world.EventsAsync(1));
    }

    private static async Task<IReadOnlyList<string>> ImportAsync(params string[] starts)
    {
        await using var server = new RawServer(_ => RawServer.Ok(Calendar(starts)));
        await using var world = await BatchWorld.StartAsync("sqlite", feeds: 1);
        await world.SubscribeAsync($"http://127.0.0.1:{server.Port}/", 1);
        await world.ImportAsync();
        return await world.EventsAsync(1);
    }

    private static string Calendar(params string[] starts) =>
        $"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//T//EN\r\n{string.Concat(starts.Select((start, i) => $"BEGIN:VEVENT\r\nUID:{i}\r\n{start}\r\nSUMMARY:E{i}\r\nEND:VEVENT\r\n"))}END:VCALENDAR\r\n";
}
