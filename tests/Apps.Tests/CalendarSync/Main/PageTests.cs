using System.Net;
using CalendarSync.Events;
using CalendarSync.Web;
using NodaTime;

namespace Apps.Tests.CalendarSync.Main;

/// <summary>What pages promise without a browser's help.</summary>
public sealed class PageTests
{
    [Fact]
    public async Task A_form_of_another_session_changes_nothing()
    {
        await using var main = await CalendarMain.StartAsync();
        using var alice = await main.AddUserAsync("alice");
        using var bob = await main.AddUserAsync("bob");
        var id = await alice.AddEventAsync(new { title = "Mine", start = "2026-03-12T09:00" });
        using var hers = await PageClient.SignInAsync(main, alice.Token);
        using var his = await PageClient.SignInAsync(main, bob.Token);

        Assert.Equal(HttpStatusCode.BadRequest, await hers.PostPlainAsync($"/events/{id}/delete"));
        Assert.Equal(HttpStatusCode.BadRequest, await hers.PostPlainAsync($"/events/{id}/delete", ("key", "guess")));
        Assert.Equal(HttpStatusCode.BadRequest, await hers.PostPlainAsync($"/events/{id}/delete", ("key", await his.GetKeyAsync())));
        Assert.Equal(HttpStatusCode.OK, await alice.SendAsync(HttpMethod.Get, $"events/{id}"));
        Assert.Equal(HttpStatusCode.Redirect, await hers.PostAsync($"/events/{id}/delete"));
        Assert.Equal(HttpStatusCode.NotFound, await alice.SendAsync(HttpMethod.Get, $"events/{id}"));
    }

    [Fact]
    public async Task A_wrong_token_opens_nothing_and_too_many_of_them_wait()
    {
        await using var main = await CalendarMain.StartAsync(CalendarStore.Sqlite, "--Calendar:Main:SignInsPerAddress", "2");
        using var alice = await main.AddUserAsync("alice");
        using var browser = PageClient.Open(main);

        Assert.Equal(HttpStatusCode.BadRequest, await browser.PostPlainAsync("/sign-in", ("token", "guess")));
        Assert.Equal(HttpStatusCode.Redirect, await browser.GetStatusAsync("/"));
        Assert.Equal(HttpStatusCode.BadRequest, await browser.PostPlainAsync("/sign-in", ("token", "guess")));
        Assert.Equal(HttpStatusCode.TooManyRequests, await browser.PostPlainAsync("/sign-in", ("token", alice.Token)));
    }

    [Theory]
    [InlineData("https://calendar.example", true)]
    [InlineData("http://calendar.example", false)]
    public async Task Behind_a_proxy_that_speaks_TLS_the_session_goes_nowhere_without_it(string publicUrl, bool isSecure)
    {
        await using var main = await CalendarMain.StartAsync(CalendarStore.Sqlite, "--Calendar:Main:PublicUrl", publicUrl);
        using var alice = await main.AddUserAsync("alice");
        using var browser = PageClient.Open(main);

        using var answer = await browser.PostForAnswerAsync("/sign-in", ("token", alice.Token));

        Assert.Equal(isSecure, answer.Headers.GetValues("Set-Cookie").Single().Contains("; secure", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task A_session_ends_when_its_time_is_over()
    {
        await using var main = await CalendarMain.StartAsync();
        using var alice = await main.AddUserAsync("alice");
        using var browser = await PageClient.SignInAsync(main, alice.Token);

        Assert.Equal(HttpStatusCode.OK, await browser.GetStatusAsync("/"));
        main.Clock.Advance(TimeSpan.FromDays(31));
        Assert.Equal(HttpStatusCode.Redirect, await browser.GetStatusAsync("/"));
    }

    [Fact]
    public async Task One_instance_is_deleted_of_a_series_whose_time_has_seconds_and_the_series_stays_where_it_is()
    {
        await using var main = await CalendarMain.StartAsync();
        using var alice = await main.AddUserAsync("alice");
        var id = await alice.AddEventAsync(new { title = "Odd", start = "2026-03-12T09:00:30", rule = "FREQ=DAILY;COUNT=3" });
        using var browser = await PageClient.SignInAsync(main, alice.Token);

        Assert.Equal(HttpStatusCode.Redirect, await browser.PostAsync($"/events/{id}/exclude", ("instance", "2026-03-13T09:00:30")));

        Assert.Equal(["2026-03-12T09:00:30+01:00 Odd", "2026-03-14T09:00:30+01:00 Odd"], await alice.ListOccurrencesAsync("2026-03-01", "2026-03-20"));
        Assert.Contains("value=\"09:00:30\"", await browser.GetTextAsync($"/events/{id}"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("allDay", "on", "2026-03-12 Daily", "2026-03-14 Daily")]
    [InlineData("startTime", "10:30", "2026-03-12T10:30:00+01:00 Daily", "2026-03-14T10:30:00+01:00 Daily")]
    public async Task A_deleted_instance_stays_deleted_when_the_series_moves_to_another_time_or_to_whole_days(string field, string value, params string[] expected)
    {
        await using var main = await CalendarMain.StartAsync();
        using var alice = await main.AddUserAsync("alice");
        var id = await alice.AddEventAsync(new { title = "Daily", start = "2026-03-12T09:00", end = "2026-03-12T11:00", rule = "FREQ=DAILY;COUNT=3", excluded = new[] { "2026-03-13T09:00" } });
        using var browser = await PageClient.SignInAsync(main, alice.Token);
        using var seen = await alice.Http.GetAsync($"/api/v1/events/{id}");
        var form = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["version"] = seen.Headers.ETag!.ToString(),
            ["title"] = "Daily",
            ["startDate"] = "2026-03-12",
            ["startTime"] = "09:00",
            ["endDate"] = "2026-03-12",
            ["endTime"] = "11:00",
            ["timeZone"] = "Europe/Berlin",
            ["repeat"] = "other",
            ["rule"] = "FREQ=DAILY;COUNT=3",
            [field] = value,
        };

        Assert.Equal(HttpStatusCode.Redirect, await browser.PostAsync($"/events/{id}", [.. form.Select(pair => (pair.Key, pair.Value))]));

        Assert.Equal(expected, await alice.ListOccurrencesAsync("2026-03-01", "2026-03-20"));
    }

    [Fact]
    public async Task Every_answer_forbids_scripts_and_frames()
    {
        await using var main = await CalendarMain.StartAsync();
        using var alice = await main.AddUserAsync("alice");
        using var browser = await PageClient.SignInAsync(main, alice.Token);

        foreach (var path in new[] { "/", "/account", "/sign-in", "/assets/calendar.css", "/nowhere" })
        {
            using var answer = await browser.GetAsync(path);
            Assert.StartsWith("default-src 'none'; style-src 'self';", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
            Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        }
    }

    [Fact]
    public void Long_events_keep_their_lane_and_short_ones_fill_the_gaps()
    {
        CalendarOccurrence[] all =
        [
            Days("Long", 2, 6), Days("Short", 2, 2), Days("Later", 4, 5), Days("Over the week", 7, 10),
        ];

        var grid = new MonthGrid(new(2026, 3), all);

        Assert.Equal(6, grid.Weeks.Count); // March 2026 begins on a Sunday and ends on a Tuesday
        var bars = grid.Weeks[1].Bars.ToDictionary(bar => bar.Occurrence.Title);
        Assert.Equal((1, 5, 1), (bars["Long"].Column, bars["Long"].Span, bars["Long"].Lane));
        Assert.Equal((1, 1, 2), (bars["Short"].Column, bars["Short"].Span, bars["Short"].Lane));
        Assert.Equal((3, 2, 2), (bars["Later"].Column, bars["Later"].Span, bars["Later"].Lane));
        Assert.True(bars["Over the week"] is { Column: 6, Span: 2, Lane: 1, ContinuesAfter: true, ContinuesBefore: false });
        Assert.True(grid.Weeks[2].Bars.Single() is { Column: 1, Span: 2, ContinuesBefore: true, ContinuesAfter: false });
    }

    private static CalendarOccurrence Days(string title, int first, int last)
    {
        var (start, end) = (new LocalDate(2026, 3, first).AtMidnight(), new LocalDate(2026, 3, last).PlusDays(1).AtMidnight());
        return new()
        {
            Title = title,
            Color = "blue",
            IsAllDay = true,
            Start = start,
            End = end,
            StartInstant = start.InUtc().ToInstant(),
            EndInstant = end.InUtc().ToInstant(),
            Instance = "",
            IsRecurring = false,
        };
    }
}
