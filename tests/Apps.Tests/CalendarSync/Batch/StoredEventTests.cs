using Apps.Tests.CalendarSync.Security;
using CalendarSync.Feeds;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace Apps.Tests.CalendarSync.Batch;

/// <summary>What an import reads of the events that are stored, and what becomes of those whose source cannot be read.</summary>
public sealed class StoredEventTests
{
    private const int Busy = 5;

    public static TheoryData<string> Stores => ["sqlite", "postgresql"];

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task The_stored_events_of_a_chunk_are_not_all_held_at_once(string store)
    {
        await using var world = await BatchWorld.StartAsync(store, feeds: 5, configure: WatchedDatabase.Watch);
        await world.SubscribeAsync(5);
        await world.ImportAsync();
        await world.ExecuteAsync("UPDATE calendar_feed SET event_count = 40000");
        await world.ChangeAsync("1-5");
        var watched = world.Services.GetRequiredService<WatchedDatabase>();
        watched.ReadCount = 0;

        await world.ImportAsync();

        // Two feeds, two and one: each time their keys and their zones.
        Assert.Equal(3 * 2, watched.ReadCount);
        for (var feed = 1; feed <= 5; feed++) Assert.Equal(await world.TruthAsync(feed), await world.EventsAsync(feed));
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task A_first_import_looks_for_no_stored_events(string store)
    {
        await using var world = await BatchWorld.StartAsync(store, feeds: 3, configure: WatchedDatabase.Watch);
        await world.SubscribeAsync(3);

        await world.ImportAsync();

        Assert.Equal(0, world.Services.GetRequiredService<WatchedDatabase>().ReadCount);
        Assert.Equal(await world.TruthAsync(1), await world.EventsAsync(1));
    }

    [Fact]
    public async Task A_fault_of_the_database_that_passes_has_no_server_asked_again()
    {
        var summary = "Old";
        await using var server = new RawServer(_ => RawServer.Ok(Calendar($"UID:one\r\nDTSTART:20260302T090000Z\r\nSUMMARY:{summary}")));
        await using var world = await BatchWorld.StartAsync("sqlite", feeds: 1, configure: WatchedDatabase.Watch);
        await world.SubscribeAsync($"http://127.0.0.1:{server.Port}/a.ics", 1);
        await world.ImportAsync();
        summary = "New";
        world.Services.GetRequiredService<WatchedDatabase>().NextReadFault = new SqliteException("busy", Busy);

        await world.ImportAsync();

        Assert.Equal(["one|2026-03-02T09:00:00Z|New"], await world.EventsAsync(1));
        Assert.Equal(2, server.Requests.Count);
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task An_event_that_is_there_but_cannot_be_read_keeps_what_is_stored_of_it(string store)
    {
        const string Sound = "UID:one\r\nDTSTART:20260302T090000Z\r\nSUMMARY:One";
        var second = "DTSTART:20260303T090000Z";
        var hasSecond = true;
        await using var server = new RawServer(_ => RawServer.Ok(hasSecond ? Calendar(Sound, $"UID:two\r\n{second}\r\nSUMMARY:Two") : Calendar(Sound)));
        await using var world = await BatchWorld.StartAsync(store, feeds: 1);
        await world.SubscribeAsync($"http://127.0.0.1:{server.Port}/a.ics", 1);
        await world.ImportAsync();
        var both = await world.EventsAsync(1);
        Assert.Equal(2, both.Count);

        second = "DTSTART:never";
        await world.ImportAsync();
        Assert.Equal(both, await world.EventsAsync(1));
        Assert.Equal(("partial", 2, 1), ((await world.FeedAsync(1)).State, (await world.FeedAsync(1)).EventCount, (await world.FeedAsync(1)).LastSkipped));
        await world.ImportAsync();
        Assert.Equal(both, await world.EventsAsync(1));

        hasSecond = false;
        await world.ImportAsync();
        Assert.Equal([both[0]], await world.EventsAsync(1));
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 1)]
    public async Task Of_two_events_with_one_key_the_one_that_can_be_read_counts(int sequence, int otherSequence)
    {
        await using var server = new RawServer(_ => RawServer.Ok(Calendar(
            $"UID:one\r\nSEQUENCE:{sequence}\r\nDTSTART;VALUE=DATE:20260302\r\nSUMMARY:One",
            $"UID:one\r\nSEQUENCE:{otherSequence}\r\nDTSTART:never\r\nSUMMARY:One",
            "UID:two\r\nSEQUENCE:2\r\nDTSTART:never\r\nSUMMARY:Two",
            "UID:two\r\nSEQUENCE:1\r\nDTSTART;VALUE=DATE:20260303\r\nSUMMARY:Two")));
        await using var world = await BatchWorld.StartAsync("sqlite", feeds: 1);
        await world.SubscribeAsync($"http://127.0.0.1:{server.Port}/a.ics", 1);

        await world.ImportAsync();
        await world.ImportAsync();

        Assert.Equal(["one|2026-03-02|One", "two|2026-03-03|Two"], await world.EventsAsync(1));
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task A_feed_with_an_event_that_cannot_be_read_is_known_by_its_hash_as_others_are(string store)
    {
        var stamp = 1;
        await using var server = new RawServer(_ => RawServer.Ok(Calendar(
            $"UID:one\r\nDTSTAMP:2026030{stamp++}T000000Z\r\nDTSTART:20260302T090000Z\r\nSUMMARY:One", "UID:three\r\nDTSTART:never\r\nSUMMARY:Three")));
        await using var world = await BatchWorld.StartAsync(store, feeds: 1, configure: WatchedDatabase.Watch);
        await world.SubscribeAsync($"http://127.0.0.1:{server.Port}/a.ics", 1);
        await world.ImportAsync();
        var watched = world.Services.GetRequiredService<WatchedDatabase>();
        watched.ReadCount = 0;

        await world.ImportAsync();

        Assert.Equal((nameof(SyncOutcome.Unchanged), 0, 1), ((await world.FeedAsync(1)).LastOutcome, watched.ReadCount, (await world.FeedAsync(1)).EventCount));
        Assert.Equal(["one|2026-03-02T09:00:00Z|One"], await world.EventsAsync(1));
    }

    private static string Calendar(params string[] events) =>
        $"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//T//EN\r\n{string.Concat(events.Select(lines => $"BEGIN:VEVENT\r\n{lines}\r\nEND:VEVENT\r\n"))}END:VCALENDAR\r\n";
}
