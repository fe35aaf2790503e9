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
    [InlineData("idle", 19, 5)]
    [InlineData("low", 19, 0)]
    [InlineData("normal", 0, 0)]
    public async Task The_batch_process_lets_others_go_first_as_far_as_it_is_told(string priority, int nice, int policy)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "The kernel's files are Linux's.");
        await using var world = await BatchWorld.StartAsync("sqlite", feeds: 1);
        var settings = new Dictionary<string, string?>(BatchWorld.Settings(world.Storage), StringComparer.Ordinal) { ["Batch:Priority"] = priority };
        await using var process = BatchProcess.Start([], settings);
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));

        // All its threads, and more than a runtime begins with.
        while (ListThreads(process.ProcessId) is not { Count: > 3 } threads || threads.Exists(thread => thread != (nice, policy)))
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, patience.Token);

        Assert.False(process.HasEnded);
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
            // So many deaths in an hour use up the job's own restarts; the ticker goes on.
            ["Calendar:Import:RetryAfter"] = "00:00:00.2",
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

    // proc(5): the 19th field is the nice value, the 41st the policy; what stands before the name in parentheses are two.
    private static List<(int Nice, int Policy)> ListThreads(int process)
    {
        List<(int Nice, int Policy)> threads = [];
        foreach (var thread in Directory.EnumerateDirectories(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/task")))
        {
            try
            {
                var stat = File.ReadAllText(Path.Combine(thread, "stat"));
                var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                threads.Add((int.Parse(fields[16], CultureInfo.InvariantCulture), int.Parse(fields[38], CultureInfo.InvariantCulture)));
            }
            catch (IOException)
            {
                // It has just ended.
            }
        }

        return threads;
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
