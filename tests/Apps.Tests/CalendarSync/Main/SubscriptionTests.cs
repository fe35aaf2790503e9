using System.Net;
using System.Net.Http.Json;
using CalendarSync.Feeds;
using CalendarSync.Subscriptions;
using Clutch.Relational;
using Microsoft.Extensions.DependencyInjection;

namespace Apps.Tests.CalendarSync.Main;

/// <summary>Subscriptions over the API.</summary>
public sealed class SubscriptionTests
{
    private const string OneEvent = """
        BEGIN:VCALENDAR
        VERSION:2.0
        PRODID:-//Test//EN
        BEGIN:VEVENT
        UID:one
        DTSTAMP:20260301T000000Z
        DTSTART:20260302T090000Z
        SUMMARY:One
        END:VEVENT
        END:VCALENDAR

        """;

    [SkippableTheory]
    [InlineData(CalendarStore.Sqlite)]
    [InlineData(CalendarStore.PostgreSql)]
    public async Task A_subscription_is_added_after_a_look_named_paused_and_told_how_it_fares(CalendarStore store)
    {
        await using var main = await CalendarMain.StartAsync(store);
        using var alice = await main.AddUserAsync("alice");

        var id = await alice.SubscribeAsync("webcal://user:pass@example.com/holidays.ics?key=1");
        var fresh = await alice.GetAsync($"subscriptions/{id}");

        Assert.Equal("https://user:pass@example.com/holidays.ics?key=1", main.Look.Asked.Single().OriginalString);
        Assert.Equal(("Holidays", "new", "https://example.com/holidays.ics?key=1"), ((string)fresh["label"]!, (string)fresh["state"]!, (string)fresh["url"]!));
        Assert.Equal(HttpStatusCode.OK, await alice.SendAsync(HttpMethod.Patch, $"subscriptions/{id}", new { label = "Feiertage", color = "red", isPaused = true }));
        await main.ExecuteAsync("UPDATE calendar_feed SET state = 'failing', last_error = 'The server did not answer in time.'");
        var later = (await alice.GetAsync("subscriptions"))["items"]![0]!;
        Assert.Equal(("Feiertage", "red", true), ((string)later["label"]!, (string)later["color"]!, (bool)later["isPaused"]!));
        Assert.Equal("The server did not answer in time.", (string)later["problem"]!);
        Assert.Null(later["nextDueAt"]);
    }

    [Fact]
    public async Task What_is_no_calendar_is_refused_at_the_field()
    {
        await using var main = await CalendarMain.StartAsync();
        using var alice = await main.AddUserAsync("alice");
        await alice.SubscribeAsync("https://example.com/a.ics");

        foreach (var url in new[] { "", "file:///etc/passwd", "ftp://example.com/a.ics", "/etc/passwd", "https://exa mple.com/", "https://example.com:22/a.ics", "https://example.com/a.ics", "javascript:alert(1)" })
            Assert.True((await alice.RefusedAsync("subscriptions", new { url })).ContainsKey("url"), url);
        main.Look.Answer = new() { Problem = "This is a web page, not a calendar." };
        Assert.Equal("This is a web page, not a calendar.", (string)(await alice.RefusedAsync("subscriptions", new { url = "https://example.com/b" }))["url"]![0]!);
        Assert.Equal(["color", "label"], (await alice.RefusedAsync("subscriptions", new { url = "https://example.com/c", color = "beige", label = new string('x', 101) })).Select(error => error.Key).Order(StringComparer.Ordinal));
        Assert.Equal(1, await main.CountAsync("calendar_feed"));
    }

    [SkippableTheory]
    [InlineData(CalendarStore.Sqlite)]
    [InlineData(CalendarStore.PostgreSql)]
    public async Task Sync_now_makes_the_feed_due_once_in_five_minutes(CalendarStore store)
    {
        await using var main = await CalendarMain.StartAsync(store);
        using var alice = await main.AddUserAsync("alice");
        var id = await alice.SubscribeAsync("https://example.com/a.ics");
        await main.ExecuteAsync("UPDATE calendar_feed SET next_due_at = NULL");

        Assert.Equal(HttpStatusCode.Accepted, await alice.SendAsync(HttpMethod.Post, $"subscriptions/{id}/sync"));
        Assert.Equal(1, await main.CountAsync("calendar_feed WHERE next_due_at IS NOT NULL"));
        main.Clock.Advance(TimeSpan.FromMinutes(4));
        using var early = await alice.Http.PostAsync($"/api/v1/subscriptions/{id}/sync", null);
        Assert.Equal(HttpStatusCode.TooManyRequests, early.StatusCode);
        Assert.Equal(TimeSpan.FromMinutes(1), early.Headers.RetryAfter!.Delta);
        main.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(HttpStatusCode.Accepted, await alice.SendAsync(HttpMethod.Post, $"subscriptions/{id}/sync"));
        await alice.SendAsync(HttpMethod.Patch, $"subscriptions/{id}", new { isPaused = true });
        Assert.Equal(HttpStatusCode.Conflict, await alice.SendAsync(HttpMethod.Post, $"subscriptions/{id}/sync"));
    }

    [SkippableTheory]
    [InlineData(CalendarStore.Sqlite)]
    [InlineData(CalendarStore.PostgreSql)]
    public async Task A_feed_that_all_have_paused_is_due_no_more_until_somebody_reads_it_again(CalendarStore store)
    {
        await using var main = await CalendarMain.StartAsync(store);
        using var alice = await main.AddUserAsync("alice");
        using var bob = await main.AddUserAsync("bob");
        using var carol = await main.AddUserAsync("carol");
        var (first, second) = (await alice.SubscribeAsync("https://example.com/a.ics"), await bob.SubscribeAsync("https://example.com/a.ics"));

        await PauseAsync(alice, first, isPaused: true);
        Assert.Equal(1, await DueAsync());
        await PauseAsync(bob, second, isPaused: true);
        Assert.Equal(0, await DueAsync());
        await PauseAsync(alice, first, isPaused: false);
        Assert.Equal(1, await DueAsync());

        await alice.SendAsync(HttpMethod.Delete, $"subscriptions/{first}");
        Assert.Equal(0, await DueAsync());
        await carol.SubscribeAsync("https://example.com/a.ics");
        Assert.Equal(1, await DueAsync());

        await main.ExecuteAsync("UPDATE calendar_feed SET state = 'gone', next_due_at = NULL");
        await PauseAsync(bob, second, isPaused: false);
        Assert.Equal(0, await DueAsync());

        static async Task PauseAsync(CalendarClient user, long id, bool isPaused) =>
            Assert.Equal(HttpStatusCode.OK, await user.SendAsync(HttpMethod.Patch, $"subscriptions/{id}", new { isPaused }));

        Task<long> DueAsync() => main.CountAsync("calendar_feed WHERE next_due_at IS NOT NULL");
    }

    [Fact]
    public async Task Who_subscribes_sees_what_the_last_look_brought()
    {
        await using var main = await CalendarMain.StartAsync();
        using var alice = await main.AddUserAsync("alice");
        var id = await alice.SubscribeAsync("https://example.com/a.ics");
        Assert.Null((await alice.GetAsync($"subscriptions/{id}"))["lastCheck"]);
        await main.ExecuteAsync("""
            UPDATE calendar_feed SET checked_at = created_at, last_outcome = 'Updated', last_body_bytes = 12345, last_inserted = 3, last_updated = 2, last_deleted = 1, last_skipped = 4, last_duration_ms = 260
            """);

        var check = (await alice.GetAsync($"subscriptions/{id}"))["lastCheck"]!;

        Assert.Equal("""{"outcome":"Updated","bodyBytes":12345,"inserted":3,"updated":2,"deleted":1,"skipped":4,"durationMilliseconds":260}""", check.ToJsonString());
        using var browser = await PageClient.SignInAsync(main, alice.Token);
        Assert.Contains("3 new, 2 changed, 1 gone, 4 left out; 12 KB in 0.3 s", await browser.GetTextAsync($"/subscriptions/{id}"), StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData(CalendarStore.Sqlite)]
    [InlineData(CalendarStore.PostgreSql)]
    public async Task A_subscription_too_many_leaves_no_feed_behind(CalendarStore store)
    {
        await using var main = await CalendarMain.StartAsync(store);
        using var alice = await main.AddUserAsync("alice");
        await using (var filling = await main.Database.OpenSessionAsync(CancellationToken.None))
        {
            await filling.BeginAsync(CancellationToken.None);
            for (var number = 1; number <= SubscriptionStore.MostSubscriptions; number++)
            {
                Assert.True(FeedAddress.TryParse($"https://example.com/{number}.ics", main.Services.GetRequiredService<OutboundGuard>(), out var address, out _));
                await filling.RunAsync(SubscriptionStore.InsertOf(alice.UserId, address, "a", "blue", isPaused: false, main.Clock.GetUtcNow()), Rows.Affected, CancellationToken.None);
            }

            await filling.CommitAsync(CancellationToken.None);
        }

        var errors = await alice.RefusedAsync("subscriptions", new { url = "https://example.com/one-more.ics" });

        Assert.Equal(["url"], errors.Select(error => error.Key));
        Assert.Equal(SubscriptionStore.MostSubscriptions, await main.CountAsync("calendar_feed"));
        Assert.Empty(main.Look.Asked);
    }

    [Fact]
    public async Task New_calendars_are_looked_at_two_at_a_time_for_each_user()
    {
        await using var main = await CalendarMain.StartAsync();
        using var alice = await main.AddUserAsync("alice");
        using var bob = await main.AddUserAsync("bob");
        var hold = new TaskCompletionSource();
        main.Look.Hold = hold.Task;
        var first = new[] { "a", "b" }.Select(name => alice.SubscribeAsync($"https://example.com/{name}.ics")).ToList();
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (main.Look.Asked.Count < 2) await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, patience.Token);

        using var third = await alice.Http.PostAsJsonAsync("/api/v1/subscriptions", new { url = "https://example.com/c.ics" });
        main.Look.Hold = Task.CompletedTask;
        await bob.SubscribeAsync("https://example.com/d.ics");
        hold.SetResult();
        await Task.WhenAll(first);

        Assert.Equal(HttpStatusCode.TooManyRequests, third.StatusCode);
        Assert.Equal(TimeSpan.FromMinutes(1), third.Headers.RetryAfter!.Delta);
        await alice.SubscribeAsync("https://example.com/c.ics");
    }

    [Fact]
    public async Task Who_has_too_many_new_calendars_looked_at_waits_and_one_that_others_read_costs_no_look()
    {
        await using var main = await CalendarMain.StartAsync(CalendarStore.Sqlite, "--Calendar:Main:FirstLooksPerUser", "2");
        using var alice = await main.AddUserAsync("alice");
        using var bob = await main.AddUserAsync("bob");
        await main.ImportAsync(await bob.SubscribeAsync("https://example.com/shared.ics"), OneEvent);
        for (var number = 1; number <= 2; number++) await alice.SubscribeAsync($"https://example.com/{number}.ics");

        Assert.Equal(HttpStatusCode.TooManyRequests, await alice.SendAsync(HttpMethod.Post, "subscriptions", new { url = "https://example.com/3.ics" }));
        await alice.SubscribeAsync("https://example.com/shared.ics");
    }

    [SkippableTheory]
    [InlineData("subscriptions/1")]
    [InlineData("users/2")] // the account ends
    public async Task Who_subscribes_while_the_last_reader_leaves_keeps_the_feed(string leaving)
    {
        await using var main = await CalendarMain.StartAsync(CalendarStore.PostgreSql);
        using var admin = await main.AddUserAsync("admin", isAdmin: true);
        using var last = await main.AddUserAsync("last");
        using var next = await main.AddUserAsync("next");
        await last.SubscribeAsync("https://example.com/a.ics");
        await using var subscribing = await main.Database.OpenSessionAsync(CancellationToken.None);
        await subscribing.BeginAsync(CancellationToken.None);
        Assert.True(FeedAddress.TryParse("https://example.com/a.ics", main.Services.GetRequiredService<OutboundGuard>(), out var address, out _));
        await subscribing.RunAsync(SubscriptionStore.InsertOf(next.UserId, address, "a", "blue", isPaused: false, main.Clock.GetUtcNow()), Rows.Affected, CancellationToken.None);

        var leave = (leaving.StartsWith("users", StringComparison.Ordinal) ? admin : last).SendAsync(HttpMethod.Delete, leaving);
        // It cannot go before the other has subscribed: it waits for the lock on the feed.
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (await main.CountAsync("pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") == 0)
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, patience.Token);
        await subscribing.CommitAsync(CancellationToken.None);

        Assert.Equal(HttpStatusCode.NoContent, await leave);
        Assert.Equal(1, await main.CountAsync($"calendar_subscription s JOIN calendar_feed f ON f.id = s.feed_id WHERE s.user_id = {next.UserId}"));
    }

    [SkippableTheory]
    [InlineData(CalendarStore.Sqlite, "subscriptions/1")]
    [InlineData(CalendarStore.PostgreSql, "subscriptions/1")]
    [InlineData(CalendarStore.Sqlite, "users/2")]
    [InlineData(CalendarStore.PostgreSql, "users/2")]
    public async Task With_its_last_reader_a_feed_goes_and_its_events_with_it(CalendarStore store, string leaving)
    {
        await using var main = await CalendarMain.StartAsync(store);
        using var admin = await main.AddUserAsync("admin", isAdmin: true);
        using var last = await main.AddUserAsync("last");
        var gone = await last.SubscribeAsync("https://example.com/a.ics");
        var kept = await admin.SubscribeAsync("https://example.com/b.ics");
        foreach (var id in new[] { gone, kept }) await main.ImportAsync(id, OneEvent);

        Assert.Equal(HttpStatusCode.NoContent, await (leaving.StartsWith("users", StringComparison.Ordinal) ? admin : last).SendAsync(HttpMethod.Delete, leaving));

        Assert.Equal((1, 1), (await main.CountAsync("calendar_feed"), await main.CountAsync("calendar_feed_event")));
        Assert.Equal(1, await main.CountAsync("calendar_feed f JOIN calendar_feed_event e ON e.feed_id = f.id"));
    }
}
