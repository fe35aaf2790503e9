using CalendarSync.Feeds;

namespace Apps.Tests.CalendarSync.Batch;

/// <summary>One hash for all events of a feed: what it tells must always be what is stored.</summary>
public sealed class EventsHashTests
{
    [SkippableTheory]
    [InlineData("sqlite")]
    [InlineData("postgresql")]
    public async Task Bodies_that_differ_at_each_request_are_known_by_their_events_after_each_change(string store)
    {
        await using var world = await BatchWorld.StartAsync(store, feeds: 6, events: 30);
        await world.SubscribeAsync(6);
        await world.BehaveAsync("1-3", "Stamped");
        await world.BehaveAsync("4-6", "Reordered");
        await world.ImportAsync();

        for (var round = 0; round < 4; round++)
        {
            await world.ChangeAsync("1,4");
            await BatchWorld.WaitForNextSecondAsync();
            await world.TakeWritesAsync();
            await world.ImportAsync();
            var (inserted, updated, deleted) = await world.TakeWritesAsync();
            Assert.Equal(2, inserted + updated + deleted);
            foreach (var feed in new[] { 1, 4 }) Assert.Equal(nameof(SyncOutcome.Updated), (await world.FeedAsync(feed)).LastOutcome);
            foreach (var feed in new[] { 2, 5 }) Assert.Equal(nameof(SyncOutcome.Unchanged), (await world.FeedAsync(feed)).LastOutcome);
            for (var feed = 1; feed <= 6; feed++) Assert.Equal(await world.TruthAsync(feed), await world.EventsAsync(feed));
        }

        // What the hash tells needs no look at the rows: one that vanished behind the import's back is not missed before the next change.
        await world.ExecuteAsync("DELETE FROM calendar_feed_event WHERE uid LIKE 'event-2-%'");
        await BatchWorld.WaitForNextSecondAsync();
        await world.ImportAsync();
        Assert.Equal((nameof(SyncOutcome.Unchanged), 30), ((await world.FeedAsync(2)).LastOutcome, (await world.FeedAsync(2)).EventCount));
        Assert.Empty(await world.EventsAsync(2));
    }
}
