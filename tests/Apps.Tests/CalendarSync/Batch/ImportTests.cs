using Apps.Tests.CalendarSync.Security;
using CalendarSync.Events;
using CalendarSync.Feeds;
using CalendarSync.Jobs;
using CalendarSync.Subscriptions;
using Clutch.Executions;
using Clutch.Launching;
using Clutch.Relational;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Apps.Tests.CalendarSync.Batch;

/// <summary>What the import does with each kind of answer, on both stores, with the simulated provider.</summary>
public sealed class ImportTests
{
    private const string OneEvent =
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//T//EN\r\nBEGIN:VEVENT\r\nUID:one\r\nDTSTAMP:20260301T000000Z\r\nDTSTART:20260302T090000Z\r\nSUMMARY:One\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

    public static TheoryData<string> Stores => ["sqlite", "postgresql"];

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task A_first_import_stores_each_calendar_as_its_source_says(string store)
    {
        await using var world = await BatchWorld.StartAsync(store);
        await world.SubscribeAsync(20);

        await world.ImportAsync();

        for (var feed = 1; feed <= 20; feed++) Assert.Equal(await world.TruthAsync(feed), await world.EventsAsync(feed));
        Assert.Equal((200, 0, 0), await world.TakeWritesAsync());
        var first = await world.FeedAsync(1);
        Assert.Equal(("ok", nameof(SyncOutcome.Updated), 10, "Feed 1"), (first.State, first.LastOutcome, first.EventCount, first.DisplayName));
        Assert.True(first.NextDueAt > world.Clock.GetUtcNow());
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task An_unchanged_feed_costs_nothing_but_its_check(string store)
    {
        await using var world = await BatchWorld.StartAsync(store);
        await world.SubscribeAsync(20);
        await world.BehaveAsync("6-8", "NoValidators");
        await world.BehaveAsync("9-11", "IgnoresConditions");
        await world.BehaveAsync("12-14", "Stamped");
        await world.BehaveAsync("15-17", "Reordered");
        await world.ImportAsync();
        await world.TakeWritesAsync();
        // DTSTAMP counts seconds: in the same one the body would be the same.
        await BatchWorld.WaitForNextSecondAsync();

        await world.ImportAsync();

        Assert.Equal((0, 0, 0), await world.TakeWritesAsync());
        Assert.Equal(nameof(SyncOutcome.NotModified), (await world.FeedAsync(1)).LastOutcome);
        Assert.Equal(nameof(SyncOutcome.SameBody), (await world.FeedAsync(6)).LastOutcome);
        Assert.Equal(nameof(SyncOutcome.SameBody), (await world.FeedAsync(9)).LastOutcome);
        Assert.Equal(nameof(SyncOutcome.Unchanged), (await world.FeedAsync(12)).LastOutcome);
        Assert.Equal(nameof(SyncOutcome.Unchanged), (await world.FeedAsync(15)).LastOutcome);
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task A_second_pass_writes_its_changes_and_no_more(string store)
    {
        await using var world = await BatchWorld.StartAsync(store, feeds: 50);
        await world.SubscribeAsync(50);
        await world.ImportAsync();
        await world.TakeWritesAsync();
        await world.Provider.PostAsync("control/calendars/change?feeds=3");
        await world.Provider.PostAsync("control/calendars/change?feeds=17,17,17,17");

        await world.ImportAsync();

        var (inserted, updated, deleted) = await world.TakeWritesAsync();
        Assert.InRange(inserted + updated + deleted, 1, 5);
        for (var feed = 1; feed <= 50; feed++) Assert.Equal(await world.TruthAsync(feed), await world.EventsAsync(feed));
        var changed = await world.FeedAsync(3);
        Assert.Equal(1, changed.LastInserted + changed.LastUpdated + changed.LastDeleted);
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task Events_whose_uids_change_keep_their_rows(string store)
    {
        await using var world = await BatchWorld.StartAsync(store, feeds: 3, events: 60);
        await world.SubscribeAsync(3);
        await world.BehaveAsync("2", "UnstableUids");
        await world.ImportAsync();
        var before = await world.RowIdsAsync(2);
        await world.TakeWritesAsync();

        await world.ImportAsync();

        Assert.Equal(before, await world.RowIdsAsync(2));
        Assert.Equal((0, 60, 0), await world.TakeWritesAsync());
        Assert.Equal("ok", (await world.FeedAsync(2)).State);
    }

    [SkippableTheory]
    [InlineData("sqlite", "ServerError", "ServerFault", "failing")]
    [InlineData("sqlite", "Unavailable", "Busy", "failing")]
    [InlineData("sqlite", "NotFound", "Missing", "failing")]
    [InlineData("sqlite", "Gone", "Gone", "gone")]
    [InlineData("sqlite", "Unauthorized", "Denied", "auth")]
    [InlineData("sqlite", "Forbidden", "Denied", "auth")]
    [InlineData("sqlite", "LoginPage", "WebPage", "auth")]
    [InlineData("sqlite", "Truncated", "Rejected", "failing")]
    [InlineData("sqlite", "Torn", "Broken", "failing")]
    [InlineData("sqlite", "RedirectLoop", "BadRedirect", "failing")]
    [InlineData("sqlite", "Huge", "TooLarge", "failing")]
    [InlineData("sqlite", "GzipBomb", "TooLarge", "failing")]
    [InlineData("sqlite", "Empty", "Suspicious", "suspicious")]
    [InlineData("sqlite", "TooMany", "Busy", "failing")]
    [InlineData("sqlite", "Silent", "Timeout", "failing")]
    [InlineData("sqlite", "SlowDrip", "Timeout", "failing")]
    [InlineData("sqlite", "Endless", "Timeout", "failing")]
    [InlineData("postgresql", "Truncated", "Rejected", "failing")]
    [InlineData("postgresql", "Gone", "Gone", "gone")]
    [InlineData("postgresql", "Empty", "Suspicious", "suspicious")]
    public async Task A_feed_that_fails_keeps_its_events_and_harms_no_other(string store, string behaviour, string outcome, string state)
    {
        await using var world = await BatchWorld.StartAsync(store, feeds: 5, settings: outcome == "Timeout" ? BatchWorld.Impatient : null);
        await world.SubscribeAsync(5);
        await world.ImportAsync();
        var before = await world.EventsAsync(3);
        await world.TakeWritesAsync();
        await world.BehaveAsync("3", behaviour);
        await world.ChangeAsync("1,5");

        await world.ImportAsync();

        var failed = await world.FeedAsync(3);
        Assert.Equal((outcome, state), (failed.LastOutcome, failed.State));
        Assert.NotNull(failed.LastError);
        Assert.Equal(before, await world.EventsAsync(3));
        Assert.Equal(await world.TruthAsync(1), await world.EventsAsync(1));
        Assert.Equal(await world.TruthAsync(5), await world.EventsAsync(5));
        if (state == "gone") Assert.Null(failed.NextDueAt);
        else Assert.True(failed.NextDueAt > world.Clock.GetUtcNow());
    }

    [Fact]
    public async Task A_body_that_cannot_be_unpacked_harms_no_other_feed()
    {
        await using var server = new RawServer(_ => RawServer.Ok("\u0011garbage", "Content-Encoding: br\r\n"));
        await using var world = await BatchWorld.StartAsync("sqlite", feeds: 2);
        await world.SubscribeAsync(2);
        await world.SubscribeAsync($"http://127.0.0.1:{server.Port}/a.ics", 3);

        await world.ImportAsync();

        Assert.Equal((nameof(SyncOutcome.Broken), "failing"), ((await world.FeedAsync(3)).LastOutcome, (await world.FeedAsync(3)).State));
        for (var feed = 1; feed <= 2; feed++) Assert.Equal(await world.TruthAsync(feed), await world.EventsAsync(feed));
    }

    [Fact]
    public async Task A_fault_of_ours_is_the_outcome_of_its_feed_and_ends_no_run()
    {
        await using var world = await BatchWorld.StartAsync("sqlite", feeds: 2);
        await world.SubscribeAsync(2);
        world.Services.GetRequiredService<FeedFetcher>().Dispose();

        await world.ImportAsync();

        Assert.Equal(nameof(SyncOutcome.OurFault), (await world.FeedAsync(1)).LastOutcome);
        Assert.True((await world.FeedAsync(2)).NextDueAt > world.Clock.GetUtcNow());
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task A_feed_that_recovers_is_as_its_source_again(string store)
    {
        await using var world = await BatchWorld.StartAsync(store, feeds: 4);
        await world.SubscribeAsync(4);
        await world.ImportAsync();
        await world.BehaveAsync("2", "ServerError");
        await world.ImportAsync();
        await world.ImportAsync();
        Assert.Equal(2, (await world.FeedAsync(2)).FailureCount);
        await world.BehaveAsync("2", "Normal");
        await world.ChangeAsync("2,2");

        await world.ImportAsync();

        var feed = await world.FeedAsync(2);
        Assert.Equal(("ok", 0, null, null), (feed.State, feed.FailureCount, feed.FailingSince, feed.LastError));
        Assert.Equal(await world.TruthAsync(2), await world.EventsAsync(2));
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task An_emptied_feed_is_believed_at_the_third_time_an_hour_apart(string store)
    {
        await using var world = await BatchWorld.StartAsync(store, feeds: 2);
        await world.SubscribeAsync(2);
        await world.ImportAsync();
        await world.BehaveAsync("1", "Empty");

        await world.ImportAsync();
        await world.ImportAsync();
        await world.ImportAsync();
        Assert.Equal(("suspicious", 10), ((await world.FeedAsync(1)).State, (await world.EventsAsync(1)).Count));
        world.Clock.Advance(TimeSpan.FromMinutes(61));
        await world.ImportAsync();
        Assert.Equal(("suspicious", 10), ((await world.FeedAsync(1)).State, (await world.EventsAsync(1)).Count));
        world.Clock.Advance(TimeSpan.FromMinutes(61));
        await world.ImportAsync();

        Assert.Equal(("ok", 0), ((await world.FeedAsync(1)).State, (await world.EventsAsync(1)).Count));
        Assert.Equal(10, (await world.EventsAsync(2)).Count);
    }

    [SkippableTheory]
    [InlineData("Moved301", true)]
    [InlineData("Moved308", true)]
    [InlineData("Found302", false)]
    public async Task A_feed_that_moved_for_good_is_asked_at_its_new_place(string behaviour, bool moves)
    {
        await using var world = await BatchWorld.StartAsync("sqlite", feeds: 2);
        await world.SubscribeAsync(2);
        await world.BehaveAsync("1", behaviour);

        await world.ImportAsync();

        Assert.Equal(await world.TruthAsync(1), await world.EventsAsync(1));
        Assert.Equal(moves ? 1 : 0, await world.CountAsync("SELECT count(*) FROM calendar_feed WHERE url LIKE '%/moved/1.ics' AND url_key LIKE '%/feeds/1.ics'"));
    }

    [Fact]
    public async Task A_login_page_behind_a_permanent_redirect_moves_no_feed()
    {
        var isLocked = false;
        await using var server = new RawServer(head =>
        {
            if (head.StartsWith("GET /login", StringComparison.Ordinal)) return RawServer.Ok("<html>Sign in, please</html>");
            return isLocked ? RawServer.Redirect("/login", 301) : RawServer.Ok(OneEvent);
        });
        await using var world = await BatchWorld.StartAsync("sqlite", feeds: 1);
        var url = $"http://127.0.0.1:{server.Port}/a.ics";
        await world.SubscribeAsync(url, 1);
        await world.ImportAsync();

        isLocked = true;
        await world.ImportAsync();
        Assert.Equal(nameof(SyncOutcome.WebPage), (await world.FeedAsync(1)).LastOutcome);
        Assert.Equal(1, await world.CountAsync($"SELECT count(*) FROM calendar_feed WHERE url = '{url}'"));
        isLocked = false;
        await world.ImportAsync();

        Assert.Equal("ok", (await world.FeedAsync(1)).State);
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task A_calendar_with_an_oddity_that_was_put_right_stays_good_through_a_304_and_one_with_gaps_keeps_them(string store)
    {
        var odd = OneEvent.Replace("UID:one\r\n", "", StringComparison.Ordinal);
        var gaps = OneEvent.Replace("END:VCALENDAR", "BEGIN:VEVENT\r\nUID:two\r\nDTSTART:never\r\nEND:VEVENT\r\nEND:VCALENDAR", StringComparison.Ordinal);
        await using var server = new RawServer(head =>
            head.Contains("If-None-Match", StringComparison.Ordinal) ? RawServer.Status(304) : RawServer.Ok(head.StartsWith("GET /odd", StringComparison.Ordinal) ? odd : gaps, "ETag: \"1\"\r\n"));
        await using var world = await BatchWorld.StartAsync(store, feeds: 1);
        await world.SubscribeAsync($"http://127.0.0.1:{server.Port}/odd.ics", 1);
        await world.SubscribeAsync($"http://127.0.0.1:{server.Port}/gaps.ics", 2);
        await world.ImportAsync();
        Assert.NotNull((await world.FeedAsync(1)).LastNotes);
        await world.ExecuteAsync("UPDATE calendar_feed SET state = 'failing'");

        await world.ImportAsync();

        var (first, second) = (await world.FeedAsync(1), await world.FeedAsync(2));
        Assert.Equal((nameof(SyncOutcome.NotModified), nameof(SyncOutcome.NotModified)), (first.LastOutcome, second.LastOutcome));
        Assert.Equal(("ok", "partial"), (first.State, second.State));
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task A_calendar_that_came_back_is_fetched_again_once_somebody_subscribes(string store)
    {
        var isGone = true;
        await using var server = new RawServer(_ => isGone ? RawServer.Status(410) : RawServer.Ok(OneEvent));
        await using var world = await BatchWorld.StartAsync(store, feeds: 1);
        var url = $"http://127.0.0.1:{server.Port}/a.ics";
        await world.SubscribeAsync(url, 1);
        await world.ImportAsync();
        Assert.Equal("gone", (await world.FeedAsync(1)).State);

        isGone = false;
        await world.ExecuteAsync("INSERT INTO calendar_user (name, time_zone, created_at) VALUES ('second', 'UTC', @now)");
        Assert.True(FeedAddress.TryParse(url, world.Services.GetRequiredService<OutboundGuard>(), out var address, out _));
        await world.Database.ChangeAsync(SubscriptionStore.InsertOf(2, address, "2", "blue", isPaused: false, world.Clock.GetUtcNow()), Rows.Text, CancellationToken.None);
        await world.ImportAsync();

        Assert.Equal("ok", (await world.FeedAsync(1)).State);
        Assert.Equal(["one|2026-03-02T09:00:00Z|One"], await world.EventsAsync(2));
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task Sync_now_while_a_check_is_under_way_has_the_feed_looked_at_again(string store)
    {
        using var server = new SlowServer();
        await using var world = await BatchWorld.StartAsync(store, feeds: 1);
        await world.SubscribeAsync(server.Url, 1);

        await server.AnswerAsync(OneEvent.Replace("One", "Old", StringComparison.Ordinal), world.ImportAsync(), meanwhile: async () =>
            Assert.True(await new SubscriptionStore(world.Database, world.Clock).RequestSyncAsync(1, 1, CancellationToken.None)));

        Assert.Equal(1, await world.CountAtAsync("SELECT count(*) FROM calendar_feed WHERE next_due_at <= @now"));
        await server.AnswerAsync(OneEvent, world.RunAsync(CalendarJobs.Import));
        Assert.Equal(["one|2026-03-02T09:00:00Z|One"], await world.EventsAsync(1));
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task Who_pauses_while_a_check_is_under_way_gets_what_it_found_and_is_asked_no_more_until_he_resumes(string store)
    {
        using var server = new SlowServer();
        await using var world = await BatchWorld.StartAsync(store, feeds: 1);
        await world.SubscribeAsync(server.Url, 1);
        var subscriptions = new SubscriptionStore(world.Database, world.Clock);

        await server.AnswerAsync(OneEvent, world.ImportAsync(), meanwhile: () => PauseAsync(isPaused: true));

        Assert.Equal(["one|2026-03-02T09:00:00Z|One"], await world.EventsAsync(1));
        Assert.Null((await world.FeedAsync(1)).NextDueAt);
        await PauseAsync(isPaused: false);
        Assert.Equal(1, await world.CountAtAsync("SELECT count(*) FROM calendar_feed WHERE next_due_at <= @now"));

        async Task PauseAsync(bool isPaused)
        {
            var known = (await subscriptions.FindAsync(1, 1, CancellationToken.None))!;
            Assert.True(await subscriptions.UpdateAsync(1, known, known.Label, known.Color, isPaused, CancellationToken.None));
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task Who_subscribes_to_a_failing_feed_while_a_check_is_under_way_has_it_looked_at_again(string store)
    {
        using var server = new SlowServer();
        await using var world = await BatchWorld.StartAsync(store, feeds: 1);
        await world.SubscribeAsync(server.Url, 1);
        await world.ExecuteAsync("UPDATE calendar_feed SET state = 'failing'; INSERT INTO calendar_user (name, time_zone, created_at) VALUES ('second', 'UTC', @now)");
        Assert.True(FeedAddress.TryParse(server.Url, world.Services.GetRequiredService<OutboundGuard>(), out var address, out _));

        await server.AnswerAsync("<html>Sign in, please</html>", world.ImportAsync(), meanwhile: async () =>
            Assert.NotNull(await new SubscriptionStore(world.Database, world.Clock).AddAsync(2, address, "2", "blue", isPaused: false, CancellationToken.None)));

        Assert.Equal(1, await world.CountAtAsync("SELECT count(*) FROM calendar_feed WHERE next_due_at <= @now"));
        await server.AnswerAsync(OneEvent, world.RunAsync(CalendarJobs.Import));
        Assert.Equal("ok", (await world.FeedAsync(1)).State);
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task Two_imports_at_once_store_each_event_once(string store)
    {
        await using var world = await BatchWorld.StartAsync(store, feeds: 30, settings: new Dictionary<string, string?>(StringComparer.Ordinal) { ["Calendar:Import:ChunkSize"] = "7" });
        await world.SubscribeAsync(30);

        await Task.WhenAll(world.RunAsync(CalendarJobs.Import), world.RunAsync(CalendarJobs.Import));

        Assert.Equal((300, 0, 0), await world.TakeWritesAsync());
        Assert.Equal(30, await world.CountAsync("SELECT count(*) FROM calendar_feed WHERE revision = 1"));
        for (var feed = 1; feed <= 30; feed++) Assert.Equal(await world.TruthAsync(feed), await world.EventsAsync(feed));
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task A_host_whose_pause_has_passed_is_forgotten(string store)
    {
        await using var world = await BatchWorld.StartAsync(store, feeds: 1);
        await world.ExecuteAsync("""
            INSERT INTO calendar_host (host, blocked_until, updated_at) VALUES ('passed.example:443', @now, @now), ('shut.example:443', @later, @now)
            """, ("later", world.Clock.GetUtcNow().AddDays(1)));

        await world.ImportAsync();

        Assert.Equal(0, await world.CountAsync("SELECT count(*) FROM calendar_host WHERE host = 'passed.example:443'"));
        Assert.Equal(1, await world.CountAsync("SELECT count(*) FROM calendar_host WHERE host = 'shut.example:443'"));
    }

    [Fact]
    public async Task A_restart_remembers_the_hosts_that_are_to_be_left_alone()
    {
        await using var server = new RawServer(_ => RawServer.Ok(OneEvent));
        await using var world = await BatchWorld.StartAsync("sqlite", feeds: 1);
        await world.SubscribeAsync($"http://127.0.0.1:{server.Port}/a.ics", 1);
        await world.ExecuteAsync("ALTER TABLE calendar_feed RENAME TO hidden");
        var launcher = world.Services.GetRequiredService<JobLauncher>();
        var launch = await launcher.LaunchAsync(CalendarJobs.Import, new Dictionary<string, string>(StringComparer.Ordinal) { [CalendarJobs.AsOf] = JobParameters.Format(world.Clock.GetUtcNow()) });
        var failed = await launch.Run!.Completion;
        await world.ExecuteAsync("ALTER TABLE hidden RENAME TO calendar_feed");
        await world.ExecuteAsync("INSERT INTO calendar_host (host, blocked_until, updated_at) VALUES (@host, @later, @now)", ("host", $"127.0.0.1:{server.Port}"), ("later", world.Clock.GetUtcNow().AddHours(1)));

        var restarted = await (await launcher.RestartAsync(failed.Id)).Run!.Completion;

        Assert.Equal((BatchStatus.Failed, BatchStatus.Completed), (failed.Status, restarted.Status));
        Assert.Empty(server.Requests);
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task Events_at_the_ends_of_the_calendar_cost_the_others_nothing(string store)
    {
        string[] starts = ["DTSTART:20260302T090000Z\r\nRRULE:FREQ=WEEKLY;UNTIL=99991231T235959Z", "DTSTART;VALUE=DATE:99991231", "DTSTART;VALUE=DATE:00010101", "DTSTART:99991231T235959Z", "DTSTART:20260303T090000Z"];
        var events = starts.Select((start, i) => $"BEGIN:VEVENT\r\nUID:{i}\r\nDTSTAMP:20260301T000000Z\r\n{start}\r\nSUMMARY:{i}\r\nEND:VEVENT\r\n");
        await using var server = new RawServer(_ => RawServer.Ok($"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//T//EN\r\n{string.Concat(events)}END:VCALENDAR\r\n"));
        await using var world = await BatchWorld.StartAsync(store, feeds: 1);
        await world.SubscribeAsync($"http://127.0.0.1:{server.Port}/a.ics", 1);

        await world.ImportAsync();

        Assert.Equal(nameof(SyncOutcome.Updated), (await world.FeedAsync(1)).LastOutcome);
        var stored = await world.EventsAsync(1);
        Assert.Contains("0|2026-03-02T09:00:00Z|0", stored);
        Assert.Contains("2|0001-01-01|2", stored);
        Assert.Contains("4|2026-03-03T09:00:00Z|4", stored);
    }

    [Theory]
    [InlineData("FREQ=WEEKLY;COUNT=15", 2_000, 2_000)]
    [InlineData("FREQ=YEARLY;COUNT=2;BYDAY=MO,TU,WE,TH,FR,SA;BYSETPOS=366", 1, 30)]   // some 8,000 steps each, to the year 9999
    public async Task Last_instances_are_looked_for_within_the_steps_of_a_feed_and_beyond_them_a_series_counts_as_endless(string rule, int least, int most)
    {
        var events = Enumerable.Range(0, 2_000).Select(i =>
            $"BEGIN:VEVENT\r\nUID:{i}\r\nDTSTAMP:20260301T000000Z\r\nDTSTART:20260302T090000Z\r\nRRULE:{rule}\r\nSUMMARY:{i}\r\nEND:VEVENT\r\n");
        await using var server = new RawServer(_ => RawServer.Ok($"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//T//EN\r\n{string.Concat(events)}END:VCALENDAR\r\n"));
        await using var world = await BatchWorld.StartAsync("sqlite", feeds: 1);
        await world.SubscribeAsync($"http://127.0.0.1:{server.Port}/a.ics", 1);

        await world.ImportAsync();

        Assert.Equal(2_000, await world.CountAsync("SELECT count(*) FROM calendar_feed_event"));
        Assert.InRange(await world.CountAtAsync("SELECT count(*) FROM calendar_feed_event WHERE window_to < @now"), least, most);
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task A_zone_of_the_feed_is_kept_where_else_only_the_displayed_offset_would_tell_it(string store)
    {
        const string Zone = "(UTC-05:00) Indiana (East)";
        const string Calendar = $"""
            BEGIN:VCALENDAR
            VERSION:2.0
            PRODID:-//T//EN
            BEGIN:VTIMEZONE
            TZID:{Zone}
            BEGIN:STANDARD
            DTSTART:20061105T020000
            RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11
            TZOFFSETFROM:-0400
            TZOFFSETTO:-0500
            END:STANDARD
            BEGIN:DAYLIGHT
            DTSTART:20060402T020000
            RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3
            TZOFFSETFROM:-0500
            TZOFFSETTO:-0400
            END:DAYLIGHT
            END:VTIMEZONE
            BEGIN:VTIMEZONE
            TZID:America/New_York
            BEGIN:STANDARD
            DTSTART:20061105T020000
            TZOFFSETFROM:-0400
            TZOFFSETTO:-0500
            END:STANDARD
            END:VTIMEZONE
            BEGIN:VEVENT
            UID:one
            DTSTAMP:20260301T000000Z
            DTSTART;TZID="{Zone}":20260615T090000
            DTEND;TZID="{Zone}":20260615T100000
            SUMMARY:One
            END:VEVENT
            END:VCALENDAR

            """;
        await using var server = new RawServer(_ => RawServer.Ok(Calendar.ReplaceLineEndings("\r\n")));
        await using var world = await BatchWorld.StartAsync(store, feeds: 1);
        await world.SubscribeAsync($"http://127.0.0.1:{server.Port}/a.ics", 1);

        await world.ImportAsync();

        Assert.Equal(["one|2026-06-15T13:00:00Z|One"], await world.EventsAsync(1));
        var query = new OccurrenceQuery(new EventStore(world.Database, world.Clock), new ImportedEvents(world.Database));
        var page = await query.RunAsync(1, new(new(2026, 6, 1), new(2026, 7, 1), DateTimeZone.Utc), CancellationToken.None);
        Assert.Equal([Instant.FromUtc(2026, 6, 15, 13, 0)], page.Occurrences.Select(occurrence => occurrence.StartInstant));
        Assert.Equal(1, await world.CountAsync($"SELECT count(*) FROM calendar_feed WHERE custom_zones LIKE '%TZID:{Zone}%' AND custom_zones NOT LIKE '%New_York%'"));
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task Another_definition_of_a_feeds_own_zone_moves_its_events(string store)
    {
        var (offset, stamp) = (3, 1);
        await using var server = new RawServer(_ => RawServer.Ok(OneEvent
            .Replace("DTSTAMP:20260301", $"DTSTAMP:2026030{stamp++}", StringComparison.Ordinal)
            .Replace("DTSTART:20260302T090000Z", "DTSTART;TZID=Own:20260302T090000", StringComparison.Ordinal)
            .Replace("BEGIN:VEVENT", $"BEGIN:VTIMEZONE\r\nTZID:Own\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\nTZOFFSETFROM:+0{offset}00\r\nTZOFFSETTO:+0{offset}00\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT", StringComparison.Ordinal)));
        await using var world = await BatchWorld.StartAsync(store, feeds: 1);
        await world.SubscribeAsync($"http://127.0.0.1:{server.Port}/a.ics", 1);
        await world.ImportAsync();
        Assert.Equal(["one|2026-03-02T06:00:00Z|One"], await world.EventsAsync(1));
        await world.TakeWritesAsync();

        await world.ImportAsync();
        Assert.Equal((nameof(SyncOutcome.Unchanged), (0L, 0L, 0L)), ((await world.FeedAsync(1)).LastOutcome, await world.TakeWritesAsync()));
        offset = 4;
        await world.ImportAsync();

        Assert.Equal(["one|2026-03-02T05:00:00Z|One"], await world.EventsAsync(1));
        Assert.Equal(1, await world.CountAsync("SELECT count(*) FROM calendar_feed WHERE custom_zones LIKE '%TZOFFSETTO:+0400%'"));
        Assert.Equal(nameof(SyncOutcome.Updated), (await world.FeedAsync(1)).LastOutcome);
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task Texts_that_a_database_would_refuse_are_stored_as_far_as_they_go(string store)
    {
        var name = new string('x', 199) + "\U0001F4C5 calendar";
        var calendar = OneEvent.Replace("SUMMARY:One", "SUMMARY:One\0\uFFFE\r\nDESCRIPTION:\0\r\nLOCATION:\0", StringComparison.Ordinal)
            .Replace("BEGIN:VEVENT", $"X-WR-CALNAME:{name}\r\nBEGIN:VEVENT", StringComparison.Ordinal);
        await using var server = new RawServer(_ => RawServer.Ok(calendar));
        await using var world = await BatchWorld.StartAsync(store, feeds: 1);
        await world.SubscribeAsync($"http://127.0.0.1:{server.Port}/a.ics", 1);

        await world.ImportAsync();

        Assert.Equal(nameof(SyncOutcome.Updated), (await world.FeedAsync(1)).LastOutcome);
        Assert.Equal(1, await world.CountAsync("SELECT count(*) FROM calendar_feed_event"));
        Assert.Equal(1, await world.CountAsync($"SELECT count(*) FROM calendar_feed WHERE display_name = '{new string('x', 199)}…'"));
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task A_new_reader_changes_no_calendar(string store)
    {
        await using var world = await BatchWorld.StartAsync(store, feeds: 1);
        await world.SubscribeAsync(1);
        await world.ImportAsync();
        var first = await world.FeedAsync(1);
        await world.TakeWritesAsync();
        await world.ExecuteAsync("UPDATE calendar_feed SET reader_version = 'before'");
        world.Clock.Advance(TimeSpan.FromHours(1));

        await world.ImportAsync();

        var later = await world.FeedAsync(1);
        Assert.Equal((nameof(SyncOutcome.Unchanged), 0), (later.LastOutcome, later.LastUpdated));
        Assert.Equal((first.ChangedAt, FeedReader.Version), (later.ChangedAt, later.ReaderVersion));
        Assert.Equal((0, 0, 0), await world.TakeWritesAsync());
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task A_new_reader_stores_what_it_finds_otherwise(string store)
    {
        await using var world = await BatchWorld.StartAsync(store, feeds: 1);
        await world.SubscribeAsync(1);
        await world.ImportAsync();
        await world.ExecuteAsync("UPDATE calendar_feed SET reader_version = 'before'");
        await world.ExecuteAsync("UPDATE calendar_feed_event SET window_to = window_from, end_local = start_local");
        await world.TakeWritesAsync();

        await world.ImportAsync();

        Assert.Equal((0, 10, 0), await world.TakeWritesAsync());
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task Oddities_of_events_are_told_and_stay_told_while_they_last(string store)
    {
        const string Odd = """
            BEGIN:VEVENT
            UID:odd
            DTSTART;TZID=Nowhere:20260302T090000
            DTEND;TZID=Nowhere:20260302T080000
            RRULE:FREQ=SOMETIMES
            SUMMARY:Odd
            END:VEVENT
            BEGIN:VEVENT
            UID:tick
            DTSTART:20260302T090000Z
            RRULE:FREQ=MINUTELY
            SUMMARY:Tick
            END:VEVENT
            BEGIN:VEVENT
            UID:twice
            SEQUENCE:1
            DTSTART:20260302T090000Z
            SUMMARY:New
            END:VEVENT
            BEGIN:VEVENT
            UID:twice
            DTSTART:20260302T090000Z
            SUMMARY:Old
            END:VEVENT

            """;
        const string Plain = "BEGIN:VEVENT\nUID:plain\nDTSTART:20260302T100000Z\nSUMMARY:Plain\nEND:VEVENT\n";
        var body = Odd;
        await using var server = new RawServer(_ => RawServer.Ok($"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//T//EN\n{body}END:VCALENDAR\n".ReplaceLineEndings("\r\n")));
        await using var world = await BatchWorld.StartAsync(store, feeds: 1);
        await world.SubscribeAsync($"http://127.0.0.1:{server.Port}/a.ics", 1);

        await world.ImportAsync();
        var first = (await world.FeedAsync(1)).LastNotes!;
        Assert.Contains("line 4: Nobody knows the time zone 'Nowhere' of DTSTART", first, StringComparison.Ordinal);
        Assert.Contains("line 4: The event ends before it starts", first, StringComparison.Ordinal);
        Assert.Contains("line 4: The RRULE cannot be used", first, StringComparison.Ordinal);
        Assert.Contains("line 11: The event repeats by the minute or second", first, StringComparison.Ordinal);
        Assert.Contains("line 23: Another event has the same UID", first, StringComparison.Ordinal);
        Assert.Equal("ok", (await world.FeedAsync(1)).State);

        // The odd ones are read no more, for they are as they were; what was said of them holds.
        body = Odd + Plain;
        await world.ImportAsync();
        Assert.Equal(first, (await world.FeedAsync(1)).LastNotes);
        body = Odd.Replace("UID:odd\n", "UID:odd\nDTSTAMP:20260301T000000Z\n", StringComparison.Ordinal) + Plain;
        await world.ImportAsync();
        Assert.Equal(nameof(SyncOutcome.Unchanged), (await world.FeedAsync(1)).LastOutcome);
        Assert.Contains("Nobody knows the time zone 'Nowhere'", (await world.FeedAsync(1)).LastNotes, StringComparison.Ordinal);

        body = Plain;
        await world.ImportAsync();
        Assert.Null((await world.FeedAsync(1)).LastNotes);
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task A_paused_feed_is_not_asked(string store)
    {
        await using var world = await BatchWorld.StartAsync(store, feeds: 3);
        await world.SubscribeAsync(3);
        await world.ExecuteAsync("UPDATE calendar_subscription SET is_paused = (1 = 1) WHERE label = '2'".Replace("(1 = 1)", store == "sqlite" ? "1" : "true", StringComparison.Ordinal));

        await world.ImportAsync();

        Assert.Equal((10, 0, 10), ((await world.EventsAsync(1)).Count, (await world.EventsAsync(2)).Count, (await world.EventsAsync(3)).Count));
    }

    [SkippableTheory]
    [MemberData(nameof(Stores))]
    public async Task A_thousand_subscriptions_with_every_fault_among_them_run_through(string store)
    {
        await using var world = await BatchWorld.StartAsync(store, feeds: 1_000, events: 5, settings: BatchWorld.Impatient);
        await world.SubscribeAsync(1_000);
        string[] faults = ["ServerError", "NotFound", "Gone", "LoginPage", "Truncated", "Torn", "RedirectLoop", "Forbidden", "Unavailable", "Silent"];
        for (var i = 0; i < faults.Length; i++) await world.BehaveAsync($"{(i * 97) + 50}", faults[i]);

        await world.ImportAsync();

        Assert.Equal(990 * 5, await world.CountAsync("SELECT count(*) FROM calendar_feed_event"));
        Assert.Equal(1_000, await world.CountAsync("SELECT count(*) FROM calendar_feed WHERE checked_at IS NOT NULL AND last_outcome IS NOT NULL"));
        Assert.Equal(10, await world.CountAsync("SELECT count(*) FROM calendar_feed WHERE last_error IS NOT NULL"));
    }
}
