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
