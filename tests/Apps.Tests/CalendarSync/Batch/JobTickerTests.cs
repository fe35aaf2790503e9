using Apps.Tests.CalendarSync.Security;
using CalendarSync.Jobs;
using CalendarSync.Subscriptions;
using Microsoft.Extensions.DependencyInjection;

namespace Apps.Tests.CalendarSync.Batch;

/// <summary>When imports begin, and who comes first.</summary>
public sealed class JobTickerTests
{
    private const string OneEvent =
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//T//EN\r\nBEGIN:VEVENT\r\nUID:one\r\nDTSTART:20260302T090000Z\r\nSUMMARY:One\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

    public static TheoryData<string> Stores => ["sqlite", "postgresql"];

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task What_somebody_waits_for_is_fetched_before_what_is_due_longer(string store)
    {
        await using var server = new RawServer(_ => RawServer.Ok(OneEvent));
        await using var world = await BatchWorld.StartAsync(store, feeds: 1, settings: new Dictionary<string, string?>(StringComparer.Ordinal) { ["Calendar:Import:ChunkSize"] = "1", ["Calendar:Import:Concurrency"] = "1" });
        for (var feed = 1; feed <= 5; feed++) await world.SubscribeAsync($"http://127.0.0.1:{server.Port}/{feed}.ics", feed);
        await world.ImportAsync();
        server.Requests.Clear();
        await world.ExecuteAsync("UPDATE calendar_feed SET next_due_at = @before", ("before", world.Clock.GetUtcNow().AddHours(-1)));
        Assert.True(await new SubscriptionStore(world.Database, world.Clock).RequestSyncAsync(1, 4, CancellationToken.None));
        await world.SubscribeAsync($"http://127.0.0.1:{server.Port}/6.ics", 6);

        await world.RunAsync(CalendarJobs.Import);

        Assert.Equal(["/4.ics", "/6.ics", "/1.ics", "/2.ics", "/3.ics", "/5.ics"], server.Requests.Select(head => head.Split(' ')[1]));
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task Who_subscribes_while_an_import_is_under_way_does_not_wait_for_its_end(string store)
    {
        using var slow = new SlowServer();
        await using var server = new RawServer(_ => RawServer.Ok(OneEvent));
        await using var world = await BatchWorld.StartAsync(store, feeds: 1);
        await world.SubscribeAsync(slow.Url, 1);
        using var ticker = ActivatorUtilities.CreateInstance<JobTicker>(world.Services);
        world.Clock.Advance(TimeSpan.FromSeconds(1));
        await ticker.TickAsync(CancellationToken.None);

        await slow.AnswerAsync(OneEvent, Task.CompletedTask, meanwhile: async () =>
        {
            world.Clock.Advance(TimeSpan.FromSeconds(1));
            await world.SubscribeAsync($"http://127.0.0.1:{server.Port}/a.ics", 2);
            world.Clock.Advance(TimeSpan.FromSeconds(1));
            await ticker.TickAsync(CancellationToken.None);
            await WaitUntilAsync(async () => (await world.FeedAsync(2)).State == "ok");
            Assert.Equal("new", (await world.FeedAsync(1)).State);
        });

        await WaitUntilAsync(async () => (await world.FeedAsync(1)).State == "ok");
        await WaitUntilAsync(async () => await world.CountAsync("SELECT count(*) FROM clutch_job_execution WHERE ended_at IS NULL") == 0);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_feed_that_becomes_due_within_the_second_waits_for_the_next_look()
    {
        await using var world = await BatchWorld.StartAsync("sqlite", feeds: 1);
        await world.SubscribeAsync(1);
        var now = new DateTimeOffset(2026, 3, 2, 9, 0, 0, 500, TimeSpan.Zero);
        await world.ExecuteAsync("UPDATE calendar_feed SET next_due_at = @due", ("due", now.AddMilliseconds(-200)));
        using var ticker = ActivatorUtilities.CreateInstance<JobTicker>(world.Services, new StoppedClock(now));

        await ticker.TickAsync(CancellationToken.None);

        Assert.Equal(0, await world.CountAsync("SELECT count(*) FROM clutch_job_execution"));
    }

    private static async Task WaitUntilAsync(Func<Task<bool>> isSo)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!await isSo()) await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, patience.Token);
    }

    private sealed class StoppedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
