using CalendarSync.Feeds;

namespace Apps.Tests.CalendarSync.Batch;

/// <summary>A real calendar server as source: what is created, changed and deleted there appears, changes and vanishes here.</summary>
public sealed class RadicaleTests
{
    [SkippableTheory]
    [InlineData("sqlite")]
    [InlineData("postgresql")]
    public async Task What_happens_there_happens_here(string store)
    {
        await using var radicale = await Radicale.StartAsync();
        await radicale.CreateAsync(Event("a", "Breakfast", "20260302T080000Z"), Event("b", "월간 회의", "20260303T080000Z"), Event("c", "Weekly", "20260304T080000Z", "RRULE:FREQ=WEEKLY;COUNT=4\r\n"));
        await using var world = await BatchWorld.StartAsync(store, feeds: 1);
        await world.SubscribeAsync(radicale.Calendar.AbsoluteUri, feed: 1);

        await world.ImportAsync();
        Assert.Equal(["a|2026-03-02T08:00:00Z|Breakfast", "b|2026-03-03T08:00:00Z|월간 회의", "c|2026-03-04T08:00:00Z|Weekly"], await world.EventsAsync(1));
        await world.TakeWritesAsync();

        await world.ImportAsync();
        Assert.Equal((0, 0, 0), await world.TakeWritesAsync());

        await radicale.PutEventAsync("a", Event("a", "Brunch", "20260302T110000Z"));
        await radicale.DeleteAsync("b");
        await radicale.PutEventAsync("d", Event("d", "Dinner", "20260305T190000Z"));
        await world.ImportAsync();
        Assert.Equal((1, 1, 1), await world.TakeWritesAsync());
        var now = await world.EventsAsync(1);
        Assert.Equal(["a|2026-03-02T11:00:00Z|Brunch", "c|2026-03-04T08:00:00Z|Weekly", "d|2026-03-05T19:00:00Z|Dinner"], now);

        await radicale.StopAsync();
        await world.ImportAsync();
        Assert.Equal(now, await world.EventsAsync(1));
        Assert.Equal(("failing", nameof(SyncOutcome.NoConnection)), ((await world.FeedAsync(1)).State, (await world.FeedAsync(1)).LastOutcome));
    }

    private static string Event(string uid, string summary, string start, string more = "") =>
        $"BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:{start}\r\nDURATION:PT1H\r\nSUMMARY:{summary}\r\n{more}END:VEVENT\r\n";
}
