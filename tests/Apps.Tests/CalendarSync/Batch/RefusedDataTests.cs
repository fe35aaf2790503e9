using Apps.Tests.CalendarSync.Security;
using CalendarSync.Feeds;

namespace Apps.Tests.CalendarSync.Batch;

/// <summary>A database that refuses what one feed brings: the others are imported, and the feed at fault is told apart.</summary>
public sealed class RefusedDataTests
{
    private const string Poison =
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//T//EN\r\nBEGIN:VEVENT\r\nUID:one\r\nDTSTART:20260302T090000Z\r\nSUMMARY:Poison\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

    private const string RefuseSqlite = """
        CREATE TRIGGER test_refuse BEFORE INSERT ON calendar_feed_event WHEN NEW.component LIKE '%Poison%' BEGIN SELECT RAISE(ABORT, 'refused'); END
        """;

    private const string RefusePostgreSql = """
        CREATE FUNCTION test_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN IF NEW.component LIKE '%Poison%' THEN RAISE EXCEPTION 'refused' USING ERRCODE = '23514'; END IF; RETURN NEW; END $$;
        CREATE TRIGGER test_refuse BEFORE INSERT OR UPDATE ON calendar_feed_event FOR EACH ROW EXECUTE FUNCTION test_refuse()
        """;

    [SkippableTheory]
    [InlineData("sqlite")]
    [InlineData("postgresql")]
    public async Task What_the_database_refuses_costs_its_feed_and_no_other(string store)
    {
        await using var server = new RawServer(_ => RawServer.Ok(Poison));
        await using var world = await BatchWorld.StartAsync(store, feeds: 3, events: 60);
        await world.SubscribeAsync(2);
        await world.SubscribeAsync($"http://127.0.0.1:{server.Port}/a.ics", 4);
        await world.SubscribeAsync($"http://127.0.0.1:{server.Port}/b.ics", 5);
        await world.SubscribeAsync($"{world.Provider.Url}calendars/feeds/3.ics", 3);
        await world.ExecuteAsync(store == "sqlite" ? RefuseSqlite : RefusePostgreSql);

        await world.ImportAsync();

        for (var feed = 1; feed <= 3; feed++) Assert.Equal(await world.TruthAsync(feed), await world.EventsAsync(feed));
        foreach (var feed in new[] { 4, 5 })
        {
            var refused = await world.FeedAsync(feed);
            Assert.Equal((nameof(SyncOutcome.OurFault), "failing", 1), (refused.LastOutcome, refused.State, refused.FailureCount));
            Assert.InRange(refused.NextDueAt!.Value, world.Clock.GetUtcNow().AddHours(23), world.Clock.GetUtcNow().AddHours(31));
            Assert.Empty(await world.EventsAsync(feed));
        }
    }
}
