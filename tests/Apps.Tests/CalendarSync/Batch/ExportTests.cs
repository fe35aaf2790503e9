using System.Text;
using CalendarSync.Exports;
using CalendarSync.Jobs;
using Clutch.Relational;
using Microsoft.Extensions.DependencyInjection;

namespace Apps.Tests.CalendarSync.Batch;

/// <summary>The export job: what changed is rendered, and nothing else.</summary>
public sealed class ExportTests
{
    public static TheoryData<string> Stores => ["sqlite", "postgresql"];

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task A_changed_calendar_is_rendered_with_own_events_only(string store)
    {
        await using var world = await BatchWorld.StartAsync(store, feeds: 1);
        await world.SubscribeAsync(1);
        await world.ImportAsync();
        await AddEventAsync(world, "shift-1", "Night; ward 3");
        await AddFeedAsync(world, "work");

        await world.RunAsync(CalendarJobs.Export);

        var text = await BodyAsync(world);
        Assert.Contains("SUMMARY:Night\\; ward 3\r\n", text, StringComparison.Ordinal);
        Assert.Equal(1, text.Split("BEGIN:VEVENT").Length - 1);
        Assert.DoesNotContain("calendars.example", text, StringComparison.Ordinal);
        Assert.Equal(0, await world.CountAsync("SELECT count(*) FROM calendar_export_feed WHERE rendered_version < wanted_version"));
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task Equal_bytes_are_not_written_again_and_a_delete_moves_last_modified(string store)
    {
        await using var world = await BatchWorld.StartAsync(store, feeds: 1);
        await AddEventAsync(world, "one", "One");
        await AddEventAsync(world, "two", "Two");
        await AddFeedAsync(world, "work");
        await world.RunAsync(CalendarJobs.Export);
        var first = await ModifiedAsync(world);

        world.Clock.Advance(TimeSpan.FromMinutes(5));
        await world.ExecuteAsync("UPDATE calendar_export_feed SET wanted_version = wanted_version + 1");
        await world.RunAsync(CalendarJobs.Export);
        Assert.Equal(first, await ModifiedAsync(world));

        await world.ExecuteAsync("DELETE FROM calendar_event WHERE uid = 'two'");
        await world.ExecuteAsync("UPDATE calendar_export_feed SET wanted_version = wanted_version + 1");
        await world.RunAsync(CalendarJobs.Export);
        Assert.True(await ModifiedAsync(world) > first);
        Assert.DoesNotContain("Two", await BodyAsync(world), StringComparison.Ordinal);
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task A_calendar_that_cannot_be_rendered_harms_no_other(string store)
    {
        await using var world = await BatchWorld.StartAsync(store, feeds: 1);
        await AddEventAsync(world, "bad", "Bad", start: "no time at all");
        await AddFeedAsync(world, "bad");
        await world.ExecuteAsync("INSERT INTO calendar_user (name, time_zone, created_at) VALUES ('other', 'UTC', @now)");
        await AddEventAsync(world, "good", "Good", user: 2);
        await AddFeedAsync(world, "good", user: 2);

        await world.RunAsync(CalendarJobs.Export);

        Assert.Contains("SUMMARY:Good", await BodyAsync(world), StringComparison.Ordinal);
        Assert.Equal(1, await world.CountAsync("SELECT count(*) FROM calendar_export_content"));
        Assert.Equal(1, await world.CountAsync("SELECT count(*) FROM calendar_export_feed WHERE rendered_version < wanted_version"));
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task A_calendar_that_cannot_be_rendered_is_tried_again_after_an_hour_or_a_change_and_not_at_each_tick(string store)
    {
        await using var world = await BatchWorld.StartAsync(store, feeds: 1);
        await AddEventAsync(world, "bad", "Bad", start: "no time at all");
        await AddFeedAsync(world, "bad");
        await world.RunAsync(CalendarJobs.Export);
        using var ticker = ActivatorUtilities.CreateInstance<JobTicker>(world.Services);

        await ticker.TickAsync(CancellationToken.None);
        Assert.Equal(1, await world.CountAsync("SELECT count(*) FROM clutch_job_execution"));
        await world.ExecuteAsync("UPDATE calendar_export_feed SET wanted_version = wanted_version + 1");
        await world.RunAsync(CalendarJobs.Export);
        await world.RunAsync(CalendarJobs.Export);
        Assert.Equal(2, await world.CountAsync("SELECT count(*) FROM clutch_dead_letter"));
        world.Clock.Advance(TimeSpan.FromMinutes(61));
        await world.RunAsync(CalendarJobs.Export);

        Assert.Equal(3, await world.CountAsync("SELECT count(*) FROM clutch_dead_letter"));
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task Calendars_beyond_the_bytes_of_a_chunk_are_left_to_the_next_run(string store)
    {
        await using var world = await BatchWorld.StartAsync(store, feeds: 1, settings: new Dictionary<string, string?>(StringComparer.Ordinal) { ["Calendar:Import:ChunkBytes"] = "1000000" });
        for (var user = 1; user <= 3; user++)
        {
            if (user > 1) await world.ExecuteAsync("INSERT INTO calendar_user (name, time_zone, created_at) VALUES (@name, 'UTC', @now)", ("name", $"user {user}"));
            for (var number = 0; number < 80; number++) await AddEventAsync(world, $"{number}", $"E{number}", user);
            await world.ExecuteAsync("UPDATE calendar_event SET description = @text", ("text", new string('x', 8_000)));
            await AddFeedAsync(world, $"work {user}", user);
        }

        await world.RunAsync(CalendarJobs.Export);
        Assert.Equal(1, await world.CountAsync("SELECT count(*) FROM calendar_export_content"));
        await world.RunAsync(CalendarJobs.Export);
        await world.RunAsync(CalendarJobs.Export);

        Assert.Equal(3, await world.CountAsync("SELECT count(*) FROM calendar_export_content WHERE event_count = 80"));
    }

    [SkippableFact]
    public async Task An_older_rendering_that_waited_for_a_newer_one_does_not_replace_it()
    {
        await using var world = await BatchWorld.StartAsync("postgresql", feeds: 1);
        await AddFeedAsync(world, "work");
        await using var newer = await world.Database.OpenSessionAsync(CancellationToken.None);
        await newer.BeginAsync(CancellationToken.None);
        await newer.RunAsync(Publish(world, version: 2, "new"), Rows.Affected, CancellationToken.None);

        var older = world.Database.ChangeAsync(Publish(world, version: 1, "old"), Rows.Affected, CancellationToken.None).AsTask();
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (await world.CountAsync("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") == 0)
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, patience.Token);
        await newer.CommitAsync(CancellationToken.None);
        await older;

        Assert.Equal("new", await BodyAsync(world));
    }

    private static Statement Publish(BatchWorld world, long version, string text) =>
        ExportStore.Publish(world.Database, new(1, 1, "work", version), new(Encoding.UTF8.GetBytes(text), [], text, 0), world.Clock.GetUtcNow());

    private static Task AddEventAsync(BatchWorld world, string uid, string title, int user = 1, string start = "2026-03-02T22:00:00") => world.ExecuteAsync("""
        INSERT INTO calendar_event (user_id, uid, title, is_all_day, start_local, end_local, time_zone, window_from, window_to, zone_data, created_at, updated_at)
        VALUES (@user, @uid, @title, @no, @start, '2026-03-03T07:00:00', 'Asia/Seoul', @now, @now, 'x', @now, @now)
        """, ("user", (long)user), ("uid", uid), ("title", title), ("no", false), ("start", start));

    private static Task AddFeedAsync(BatchWorld world, string label, int user = 1) => world.ExecuteAsync(
        "INSERT INTO calendar_export_feed (user_id, label, token_hash, created_at) VALUES (@user, @label, @hash, @now)", ("user", (long)user), ("label", label), ("hash", Encoding.UTF8.GetBytes(label)));

    private static async Task<string> BodyAsync(BatchWorld world) =>
        (await world.Database.QueryAsync(new Statement("SELECT body FROM calendar_export_content"), Rows.All(row => Encoding.UTF8.GetString((byte[])row.GetValue(0))), CancellationToken.None)).Single();

    private static async Task<DateTimeOffset> ModifiedAsync(BatchWorld world) =>
        (await world.Database.QueryAsync(new Statement("SELECT last_modified FROM calendar_export_content"), Rows.All(row => world.Database.ReadInstant(row, 0)), CancellationToken.None)).Single();
}
