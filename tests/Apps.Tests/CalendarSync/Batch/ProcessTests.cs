using System.Globalization;

namespace Apps.Tests.CalendarSync.Batch;

/// <summary>The batch role as a real program: run once, run for ever, killed in the midst.</summary>
public sealed class ProcessTests
{
    private const int FeedCount = 120;

    /// <summary>How many times the import is killed; eng/calendar-kill-campaign.sh orders fifty.</summary>
    private static int KillCount => int.TryParse(Environment.GetEnvironmentVariable("CLUTCH_CALENDAR_KILLS"), CultureInfo.InvariantCulture, out var count) ? count : 6;

    [SkippableTheory]
    [InlineData("sqlite")]
    [InlineData("postgresql")]
    public async Task An_import_from_the_command_line_runs_is_listed_and_runs_again(string store)
    {
        await using var world = await BatchWorld.StartAsync(store, feeds: 3);
        await world.SubscribeAsync(3);
        var settings = BatchWorld.Settings(world.Storage);

        var first = await RunAsync(["run", "import", "--quiet"], settings);
        var again = await RunAsync(["run", "import", "--quiet"], settings);
        var export = await RunAsync(["run", "export", "--quiet"], settings);
        var list = await RunAsync(["list"], settings);

        Assert.True(first.ExitCode == 0, first.Output);
        Assert.True(again.ExitCode == 0, again.Output);
        Assert.True(export.ExitCode == 0, export.Output);
        Assert.Equal(2, list.Output.Split("import").Length - 1);
        Assert.Equal(await world.TruthAsync(3), await world.EventsAsync(3));
    }

    [SkippableTheory]
    [InlineData("sqlite")]
    [InlineData("postgresql")]
    public async Task Killed_again_and_again_it_ends_with_each_calendar_as_its_source_once(string store)
    {
        await using var world = await BatchWorld.StartAsync(store, feeds: FeedCount);
        await world.SubscribeAsync(FeedCount);
        var settings = new Dictionary<string, string?>(BatchWorld.Settings(world.Storage), StringComparer.Ordinal)
        {
            ["Calendar:Import:ChunkSize"] = "6",
            ["Calendar:Import:Concurrency"] = "2",
            ["Calendar:Import:Tick"] = "00:00:00.2",
        };
        for (var kill = 0; kill < KillCount; kill++)
        {
            await using var process = BatchProcess.Start([], settings);
            // Each time at another place, counted from where the last one left off.
            await WaitForChecksAsync(world, process, await ChecksAsync(world) + 1 + (kill * 7 % 30));
            await process.KillAsync();
            // The world moves on: what was read before the kill may be old already, and all is due again.
            await world.Provider.PostAsync("control/calendars/change?percent=20");
            await world.ExecuteAsync("UPDATE calendar_feed SET next_due_at = @now");
        }

        await using var last = BatchProcess.Start([], settings);
        await WaitForAsync(world, last, "SELECT CASE WHEN EXISTS (SELECT 1 FROM calendar_feed WHERE next_due_at <= @now) THEN 0 ELSE 1 END");
        await last.KillAsync();

        for (var feed = 1; feed <= FeedCount; feed++) Assert.Equal(await world.TruthAsync(feed), await world.EventsAsync(feed));
        Assert.Equal(0, await world.CountAsync("SELECT count(*) FROM calendar_feed WHERE event_count <> (SELECT count(*) FROM calendar_feed_event WHERE feed_id = calendar_feed.id)"));
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(string[] words, IReadOnlyDictionary<string, string?> settings)
    {
        await using var process = BatchProcess.Start(words, settings);
        return await process.EndAsync();
    }

    private static Task<long> ChecksAsync(BatchWorld world) => world.CountAsync("SELECT CAST(coalesce(sum(revision), 0) AS bigint) FROM calendar_feed");

    private static Task WaitForChecksAsync(BatchWorld world, BatchProcess process, long checks) =>
        WaitForAsync(world, process, $"SELECT CASE WHEN coalesce(sum(revision), 0) >= {checks.ToString(CultureInfo.InvariantCulture)} THEN 1 ELSE 0 END FROM calendar_feed");

    private static async Task WaitForAsync(BatchWorld world, BatchProcess process, string condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        while (await world.CountAtAsync(condition) == 0)
        {
            if (process.HasEnded) Assert.Fail((await process.EndAsync()).Output);
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, patience.Token);
        }
    }
}
