using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using CalendarSync.Events;
using Clutch.Testing;
using NodaTime;

namespace Apps.Tests.CalendarSync.Main;

/// <summary>Own events over the API, on both stores.</summary>
public sealed class EventTests
{
    [SkippableTheory]
    [InlineData(CalendarStore.Sqlite)]
    [InlineData(CalendarStore.PostgreSql)]
    public async Task An_event_is_added_read_changed_and_deleted(CalendarStore store)
    {
        await using var main = await CalendarMain.StartAsync(store);
        using var alice = await main.AddUserAsync("alice");

        var added = await alice.PostAsync("events", new { title = "Dentist", start = "2026-03-12T09:30", end = "2026-03-12T10:15", location = "Main St 1", description = "bring\ncard" });
        var id = (long)added["id"]!;

        Assert.Equal("Europe/Berlin", (string)added["timeZone"]!);
        var read = await alice.GetAsync($"events/{id}");
        Assert.Equal("bring\ncard", (string)read["description"]!);
        Assert.Equal("2026-03-12T09:30:00", (string)read["start"]!);
        Assert.Equal(HttpStatusCode.OK, await alice.SendAsync(HttpMethod.Put, $"events/{id}", new { title = "Dentist!", start = "2026-03-13T09:30" }));
        Assert.Equal(["2026-03-13T09:30:00+01:00 Dentist!"], await alice.ListOccurrencesAsync("2026-03-01", "2026-04-01"));
        Assert.Equal(HttpStatusCode.NoContent, await alice.SendAsync(HttpMethod.Delete, $"events/{id}"));
        Assert.Equal(HttpStatusCode.NotFound, await alice.SendAsync(HttpMethod.Get, $"events/{id}"));
        Assert.Empty(await alice.ListOccurrencesAsync("2026-03-01", "2026-04-01"));
    }

    [SkippableTheory]
    [InlineData(CalendarStore.Sqlite)]
    [InlineData(CalendarStore.PostgreSql)]
    public async Task A_series_keeps_its_wall_clock_over_the_change_to_summer_time(CalendarStore store)
    {
        await using var main = await CalendarMain.StartAsync(store);
        using var alice = await main.AddUserAsync("alice");
        await alice.AddEventAsync(new { title = "Standup", start = "2026-03-23T09:00", rule = "FREQ=WEEKLY;BYDAY=MO,TH;UNTIL=20260403T000000Z", excluded = new[] { "2026-03-26T09:00" } });

        var all = await alice.ListOccurrencesAsync("2026-03-01", "2026-05-01");

        Assert.Equal(["2026-03-23T09:00:00+01:00 Standup", "2026-03-30T09:00:00+02:00 Standup", "2026-04-02T09:00:00+02:00 Standup"], all);
    }

    [SkippableTheory]
    [InlineData(CalendarStore.Sqlite)]
    [InlineData(CalendarStore.PostgreSql)]
    public async Task Whole_days_are_dates_in_every_zone_and_end_before_the_day_of_their_end(CalendarStore store)
    {
        await using var main = await CalendarMain.StartAsync(store);
        using var alice = await main.AddUserAsync("alice", "Pacific/Auckland");
        await alice.AddEventAsync(new { title = "Trip", isAllDay = true, start = "2026-02-27", end = "2026-03-01" });

        Assert.Equal(["2026-02-27 Trip"], await alice.ListOccurrencesAsync("2026-02-28", "2026-03-01"));
        Assert.Empty(await alice.ListOccurrencesAsync("2026-03-01", "2026-04-01"));
        var inAnotherZone = await alice.GetAsync("occurrences?from=2026-02-01&to=2026-03-01&timeZone=Pacific/Honolulu");
        Assert.Equal("2026-03-01", (string)inAnotherZone["items"]![0]!["end"]!);
    }

    [SkippableTheory]
    [InlineData(CalendarStore.Sqlite, "UNTIL=99991231T235959Z")]
    [InlineData(CalendarStore.PostgreSql, "UNTIL=99991231T235959Z")]
    [InlineData(CalendarStore.Sqlite, "UNTIL=99991231")]
    [InlineData(CalendarStore.Sqlite, "UNTIL=99991231T235959")]
    public async Task A_series_until_the_end_of_the_calendar_has_no_end(CalendarStore store, string until)
    {
        await using var main = await CalendarMain.StartAsync(store);
        using var alice = await main.AddUserAsync("alice", "America/New_York");

        await alice.AddEventAsync(new { title = "Standup", start = "2026-03-02T09:00", rule = $"FREQ=YEARLY;{until}" });

        Assert.Equal(["2199-03-02T09:00:00-05:00 Standup"], await alice.ListOccurrencesAsync("2199-01-01", "2200-01-01"));
    }

    [Fact]
    public async Task A_database_that_is_away_while_zones_are_refreshed_ends_no_server_and_is_asked_again()
    {
        await using var main = await CalendarMain.StartAsync();
        using var alice = await main.AddUserAsync("alice");
        await alice.AddEventAsync(new { title = "Meeting", start = "2026-03-12T09:00" });
        await main.ExecuteAsync("UPDATE calendar_event SET zone_data = 'older'");
        await main.ExecuteAsync("ALTER TABLE calendar_event RENAME TO hidden");
        var clock = new ManualClock();
        using var refresh = new global::CalendarSync.Events.ZoneDataRefresh(
            main.Database,
            (global::CalendarSync.Events.EventStore)main.Services.GetService(typeof(global::CalendarSync.Events.EventStore))!,
            clock,
            Microsoft.Extensions.Logging.Abstractions.NullLogger<global::CalendarSync.Events.ZoneDataRefresh>.Instance);

        await refresh.StartAsync(CancellationToken.None);
        await clock.WaitForTimersAsync(1);
        await main.ExecuteAsync("ALTER TABLE hidden RENAME TO calendar_event");
        clock.Advance(TimeSpan.FromMinutes(1));
        await refresh.ExecuteTask!;

        Assert.Equal(0, await main.CountAsync("calendar_event WHERE zone_data = 'older'"));
    }

    [Fact]
    public async Task Every_wrong_field_is_named()
    {
        await using var main = await CalendarMain.StartAsync();
        using var alice = await main.AddUserAsync("alice");

        var errors = await alice.RefusedAsync(
            "events", new { title = " ", start = "tomorrow", end = "2026-02-30T10:00", timeZone = "Mars/Base", color = "#123456", rule = "FREQ=SECONDLY", excluded = new[] { "x" }, location = new string('x', 501) });

        Assert.Equal(["color", "end", "excluded", "location", "rule", "start", "timeZone", "title"], errors.Select(error => error.Key).Order(StringComparer.Ordinal));
        Assert.Equal(["end"], (await alice.RefusedAsync("events", new { title = "x", start = "2026-03-02T10:00", end = "2026-03-02T09:00" })).Select(error => error.Key));
    }

    [Fact]
    public async Task A_null_among_the_exclusions_is_a_wrong_field()
    {
        await using var main = await CalendarMain.StartAsync();
        using var alice = await main.AddUserAsync("alice");

        var errors = await alice.RefusedAsync("events", new { title = "x", start = "2026-03-02T10:00", excluded = new string?[] { null } });

        Assert.Equal(["excluded"], errors.Select(error => error.Key));
    }

    [SkippableTheory]
    [InlineData(CalendarStore.Sqlite)]
    [InlineData(CalendarStore.PostgreSql)]
    public async Task A_change_of_what_somebody_else_changed_meanwhile_is_refused(CalendarStore store)
    {
        await using var main = await CalendarMain.StartAsync(store);
        using var alice = await main.AddUserAsync("alice");
        var id = await alice.AddEventAsync(new { title = "One", start = "2026-03-12T09:00" });
        using var first = await alice.Http.GetAsync($"/api/v1/events/{id}");
        await alice.SendAsync(HttpMethod.Put, $"events/{id}", new { title = "Two", start = "2026-03-12T09:00" });

        using var late = new HttpRequestMessage(HttpMethod.Put, $"/api/v1/events/{id}") { Content = JsonContent.Create(new { title = "Three", start = "2026-03-12T09:00" }) };
        late.Headers.IfMatch.Add(first.Headers.ETag!);
        using var answer = await alice.Http.SendAsync(late);

        Assert.Equal(HttpStatusCode.PreconditionFailed, answer.StatusCode);
        Assert.Equal("Two", (string)(await alice.GetAsync($"events/{id}"))["title"]!);
    }

    [SkippableTheory]
    [InlineData(CalendarStore.Sqlite)]
    [InlineData(CalendarStore.PostgreSql)]
    public async Task What_somebody_else_changed_meanwhile_is_not_deleted(CalendarStore store)
    {
        await using var main = await CalendarMain.StartAsync(store);
        using var alice = await main.AddUserAsync("alice");
        var id = await alice.AddEventAsync(new { title = "One", start = "2026-03-12T09:00" });
        using var first = await alice.Http.GetAsync($"/api/v1/events/{id}");
        await alice.SendAsync(HttpMethod.Put, $"events/{id}", new { title = "Two", start = "2026-03-12T09:00" });
        using var second = await alice.Http.GetAsync($"/api/v1/events/{id}");

        Assert.Equal(HttpStatusCode.PreconditionFailed, await DeleteAsync(first.Headers.ETag!));
        Assert.Equal("Two", (string)(await alice.GetAsync($"events/{id}"))["title"]!);
        Assert.Equal(HttpStatusCode.NoContent, await DeleteAsync(second.Headers.ETag!));
        Assert.Equal(HttpStatusCode.NotFound, await DeleteAsync(second.Headers.ETag!));

        async Task<HttpStatusCode> DeleteAsync(EntityTagHeaderValue seen)
        {
            using var delete = new HttpRequestMessage(HttpMethod.Delete, $"/api/v1/events/{id}");
            delete.Headers.IfMatch.Add(seen);
            using var answer = await alice.Http.SendAsync(delete);
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task Lists_come_in_pages()
    {
        await using var main = await CalendarMain.StartAsync();
        using var alice = await main.AddUserAsync("alice");
        for (var number = 1; number <= 5; number++)
            await alice.AddEventAsync(new { title = $"E{number}", start = "2026-03-12T09:00" });

        var first = await alice.GetAsync("events?limit=2");
        var second = await alice.GetAsync($"events?limit=2&after={first["next"]}");
        var third = await alice.GetAsync($"events?limit=2&after={second["next"]}");

        string[] titles = [.. new[] { first, second, third }.SelectMany(page => page["items"]!.AsArray()).Select(item => (string)item!["title"]!)];
        Assert.Equal(["E1", "E2", "E3", "E4", "E5"], titles);
        Assert.Null(third["next"]);
    }

    [Fact]
    public async Task A_rule_that_never_ends_is_cut_and_the_answer_says_so_when_the_range_holds_too_much()
    {
        await using var main = await CalendarMain.StartAsync();
        using var alice = await main.AddUserAsync("alice");
        for (var number = 0; number < 13; number++)
            await alice.AddEventAsync(new { title = $"Daily {number}", start = "2020-01-01T09:00", rule = "FREQ=DAILY" });

        var year = await alice.GetAsync("occurrences?from=2026-01-01&to=2027-01-31");

        Assert.Equal(5_000, year["items"]!.AsArray().Count);
        Assert.False((bool)year["isComplete"]!);
        Assert.Equal(HttpStatusCode.BadRequest, await alice.SendAsync(HttpMethod.Get, "occurrences?from=2026-01-01&to=2028-01-01"));
    }

    [Fact]
    public void Events_of_many_zones_that_are_stored_at_once_have_the_instants_of_their_own_zones()
    {
        var nine = new LocalDateTime(2026, 3, 12, 9, 0);
        var zones = DateTimeZoneProviders.Tzdb.Ids.Select(id => DateTimeZoneProviders.Tzdb[id]).ToArray();

        Parallel.For(0, 100 * zones.Length, number =>
        {
            var zone = zones[number % zones.Length];
            var own = new OwnEvent { Uid = "a", Title = "Nine", StartLocal = "2026-03-12T09:00:00", EndLocal = "2026-03-12T10:00:00", TimeZone = zone.Id };
            Assert.Equal(nine.InZoneLeniently(zone).ToDateTimeOffset(), EventStore.InstantsOf(own).Times.StartUtc);
        });
    }

    [Fact]
    public async Task All_occurrences_of_a_dense_series_are_shown()
    {
        await using var main = await CalendarMain.StartAsync();
        using var alice = await main.AddUserAsync("alice", "UTC");
        await alice.AddEventAsync(new { title = "Hourly", start = "2026-01-01T00:00", rule = $"FREQ=DAILY;BYHOUR={string.Join(',', Enumerable.Range(0, 24))}" });

        var months = await alice.GetAsync("occurrences?from=2026-01-01&to=2026-03-01");

        Assert.Equal(59 * 24, months["items"]!.AsArray().Count);
        Assert.True((bool)months["isComplete"]!);
    }

    [Fact]
    public async Task A_series_that_is_not_followed_to_the_range_makes_the_answer_incomplete()
    {
        await using var main = await CalendarMain.StartAsync();
        using var alice = await main.AddUserAsync("alice", "UTC");
        await alice.AddEventAsync(new { title = "Hourly", start = "2020-01-01T00:00", rule = $"FREQ=DAILY;COUNT=100000;BYHOUR={string.Join(',', Enumerable.Range(0, 24))}" });

        var month = await alice.GetAsync("occurrences?from=2026-01-01&to=2026-02-01");

        Assert.Empty(month["items"]!.AsArray());
        Assert.False((bool)month["isComplete"]!);
    }

    [SkippableTheory]
    [InlineData(CalendarStore.Sqlite)]
    [InlineData(CalendarStore.PostgreSql)]
    public async Task Instants_follow_new_time_zone_data_and_the_wall_clock_stays(CalendarStore store)
    {
        await using var main = await CalendarMain.StartAsync(store);
        using var alice = await main.AddUserAsync("alice");
        await alice.AddEventAsync(new { title = "Meeting", start = "2026-03-12T09:00" });
        await alice.OpenExportAsync();
        await main.ExecuteAsync("UPDATE calendar_event SET zone_data = 'older', start_utc = NULL");
        var refresh = new global::CalendarSync.Events.ZoneDataRefresh(
            main.Database,
            (global::CalendarSync.Events.EventStore)main.Services.GetService(typeof(global::CalendarSync.Events.EventStore))!,
            main.Clock,
            Microsoft.Extensions.Logging.Abstractions.NullLogger<global::CalendarSync.Events.ZoneDataRefresh>.Instance);

        Assert.Equal(1, await refresh.RunAsync(CancellationToken.None));
        Assert.Equal(0, await refresh.RunAsync(CancellationToken.None));

        Assert.Equal(1, await main.CountAsync("calendar_event WHERE start_utc IS NOT NULL"));
        Assert.Equal(1, await main.CountAsync("calendar_export_feed WHERE rendered_version < wanted_version"));
        Assert.Equal(["2026-03-12T09:00:00+01:00 Meeting"], await alice.ListOccurrencesAsync("2026-03-12", "2026-03-13"));
    }
}
