using System.Globalization;
using Microsoft.Playwright;

namespace Apps.Tests.CalendarSync.Main;

/// <summary>The pages in a real browser.</summary>
public sealed class BrowserTests
{
    private static readonly string[] Switches =
        ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

    [SkippableFact]
    public async Task A_month_shows_own_and_imported_events_and_forms_tell_what_is_wrong()
    {
        await using var main = await CalendarMain.StartAsync();
        using var alice = await main.AddUserAsync("alice");
        await FillAsync(main, alice);
        await using var session = await BrowserSession.OpenAsync(main, alice.Token);
        var page = session.Page;

        Assert.Equal("March 2026", await page.Locator("h1").InnerTextAsync());
        await Expect(page, ".bar.color-green", "Samiljeol");
        Assert.Equal("span 3", await page.Locator(".bar.solid", new() { HasText = "Trip to Jeju" }).EvaluateAsync<string>("bar => getComputedStyle(bar).gridColumnEnd"));
        Assert.Equal("10", await page.Locator(".number.today").InnerTextAsync());
        await Expect(page, ".subscriptions .bad", "The server did not answer in time.");
        await Expect(page, ".more", "+3 more");
        await session.ShootAsync("month-light");

        await page.Locator("#url").FillAsync("https://example.com:22/x.ics");
        await page.GetByRole(AriaRole.Button, new() { Name = "Subscribe" }).ClickAsync();
        Assert.Equal("true", await page.Locator("#url").GetAttributeAsync("aria-invalid"));
        Assert.Equal("https://example.com:22/x.ics", await page.Locator("#url").InputValueAsync());
        await session.ShootAsync("subscribe-error");

        await page.GetByRole(AriaRole.Link, new() { Name = "New event" }).ClickAsync();
        await page.Locator("#title").FillAsync("Lunch with Bob");
        await page.Locator("#endTime").FillAsync("01:00");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(page, ".error", "It ends before it begins.");
        await session.ShootAsync("event-error");
        await page.Locator("#endTime").FillAsync("23:00");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await page.Locator(".bar", new() { HasText = "Lunch with Bob" }).ClickAsync();
        Assert.Equal("Lunch with Bob", await page.Locator("#title").InputValueAsync());
        Assert.Empty(session.Problems);
    }

    [SkippableFact]
    public async Task A_title_is_never_markup_and_no_script_runs()
    {
        await using var main = await CalendarMain.StartAsync();
        using var alice = await main.AddUserAsync("alice");
        const string Attack = "<img src=x onerror=document.title='hit'><script>document.title='hit'</script>\"' onmouseover='x";
        var own = await alice.AddEventAsync(new { title = Attack, description = Attack, location = Attack, start = "2026-03-12T09:00" });
        var subscription = await alice.SubscribeAsync("https://example.com/a.ics", Attack);
        await main.ImportAsync(subscription, $"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART:20260313T100000Z\nSUMMARY:{Attack}\nDESCRIPTION:{Attack}\nURL:javascript:alert(1)\nX-ALT-DESC;FMTTYPE=text/html:<b>bold</b>\nEND:VEVENT\nEND:VCALENDAR\n");
        await main.ExecuteAsync($"UPDATE calendar_feed SET state = 'failing', last_error = '{Attack.Replace("'", "''", StringComparison.Ordinal)}', last_notes = '<script>1</script>'");
        await using var session = await BrowserSession.OpenAsync(main, alice.Token);

        foreach (var path in new[] { "/?month=2026-03", $"/events/{own}", $"/subscriptions/{subscription}", "/imported/1", "/days/2026-03-12", "/account" })
        {
            await session.Page.GotoAsync(path);
            Assert.Equal(0, await session.Page.Locator("script, main img, [onmouseover], [onerror], a[href^='javascript']").CountAsync());
            Assert.NotEqual("hit", await session.Page.TitleAsync());
        }

        await session.Page.GotoAsync("/imported/1");
        await Expect(session.Page, "h1", Attack);
        Assert.Empty(session.Problems);
    }

    [SkippableFact]
    public async Task A_phone_shows_a_list_and_the_dark_is_dark()
    {
        await using var main = await CalendarMain.StartAsync();
        using var alice = await main.AddUserAsync("alice");
        await FillAsync(main, alice);
        await using var session = await BrowserSession.OpenAsync(main, alice.Token, width: 390, scheme: ColorScheme.Dark);

        Assert.False(await session.Page.Locator(".grid").IsVisibleAsync());
        await Expect(session.Page, ".agenda-day", "Trip to Jeju");
        Assert.True(await session.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), "The page is wider than the phone.");
        Assert.Equal("rgb(20, 24, 30)", await session.Page.EvaluateAsync<string>("getComputedStyle(document.body).backgroundColor"));
        await session.ShootAsync("phone-dark");
        await session.Page.SetViewportSizeAsync(1280, 900);
        await session.ShootAsync("month-dark");
    }

    [SkippableFact]
    public async Task An_export_feed_is_opened_renewed_and_revoked_by_keyboard()
    {
        await using var main = await CalendarMain.StartAsync();
        using var alice = await main.AddUserAsync("alice");
        await alice.AddEventAsync(new { title = "Night", start = "2026-03-12T22:00" });
        await using var session = await BrowserSession.OpenAsync(main, alice.Token);
        var page = session.Page;
        await page.GotoAsync("/account");

        await page.Locator("#label").FocusAsync();
        await page.Keyboard.TypeAsync("For the family");
        await page.Keyboard.PressAsync("Enter");
        var first = await page.Locator("input.address").InputValueAsync();
        using var http = new HttpClient();
        Assert.Contains("SUMMARY:Night", await http.GetStringAsync(first), StringComparison.Ordinal);
        await session.ShootAsync("account");
        await page.GetByRole(AriaRole.Button, new() { Name = "New address" }).PressAsync("Enter");
        using var old = await http.GetAsync(first);
        Assert.Equal(System.Net.HttpStatusCode.NotFound, old.StatusCode);
        await page.GetByRole(AriaRole.Button, new() { Name = "Revoke" }).PressAsync("Enter");
        Assert.Equal(0, await page.Locator(".feed").CountAsync());
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out alice" }).PressAsync("Enter");
        await page.GotoAsync("/");
        Assert.EndsWith("/sign-in", page.Url, StringComparison.Ordinal);
        await session.ShootAsync("sign-in");
        Assert.Empty(session.Problems);
    }

    private static async Task Expect(IPage page, string selector, string text) =>
        await Assertions.Expect(page.Locator(selector, new() { HasText = text }).First).ToBeVisibleAsync();

    private static async Task FillAsync(CalendarMain main, CalendarClient alice)
    {
        await alice.AddEventAsync(new { title = "Trip to Jeju", isAllDay = true, start = "2026-03-18", end = "2026-03-21", color = "orange" });
        await alice.AddEventAsync(new { title = "Team standup", start = "2026-03-02T09:30", end = "2026-03-02T09:45", rule = "FREQ=WEEKLY;BYDAY=MO,WE", location = "Room 4" });
        await alice.AddEventAsync(new { title = "Night shift", start = "2026-03-06T22:00", end = "2026-03-07T07:00", color = "purple" });
        for (var number = 1; number <= 5; number++)
            await alice.AddEventAsync(new { title = $"Interview {number}", start = string.Create(CultureInfo.InvariantCulture, $"2026-03-25T{9 + number:00}:00"), color = "teal" });
        await alice.AddEventAsync(new { title = "Review of the quarterly planning with everybody", start = "2026-03-25T16:00" });
        var holidays = await alice.SubscribeAsync("https://example.com/holidays.ics", "대한민국 공휴일", "green");
        await main.ImportAsync(holidays, "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART;VALUE=DATE:20260301\nSUMMARY:Samiljeol 삼일절\nEND:VEVENT\nBEGIN:VEVENT\nUID:2\nDTSTART;VALUE=DATE:20260330\nDTEND;VALUE=DATE:20260403\nSUMMARY:School week\nEND:VEVENT\nEND:VCALENDAR\n");
        var broken = await alice.SubscribeAsync("https://broken.example/team.ics", "Team calendar", "red");
        await main.ImportAsync(broken, "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART:20260311T130000Z\nDTEND:20260311T140000Z\nSUMMARY:Release 4.2\nLOCATION:Online\nEND:VEVENT\nEND:VCALENDAR\n", "failing");
        await main.ExecuteAsync("UPDATE calendar_feed SET last_error = 'The server did not answer in time.' WHERE state = 'failing'");
        main.Clock.Advance(TimeSpan.FromHours(2));
    }

    /// <summary>A browser signed in through its own form.</summary>
    private sealed class BrowserSession : IAsyncDisposable
    {
        private readonly IPlaywright _playwright;
        private readonly IBrowser _browser;

        private BrowserSession(IPlaywright playwright, IBrowser browser, IPage page)
        {
            (_playwright, _browser, Page) = (playwright, browser, page);
            page.Console += (_, message) =>
            {
                // A form that was filled in wrongly answers 400, which the browser's console notes.
                if (message.Type == "error" && !message.Text.Contains("status of 400", StringComparison.Ordinal))
                    Problems.Add(message.Text);
            };
            page.Request += (_, request) =>
            {
                if (!request.Url.StartsWith("http://127.0.0.1:", StringComparison.Ordinal))
                    Problems.Add($"asked {request.Url}");
            };
            page.SetDefaultTimeout(120_000);
            Assertions.SetDefaultExpectTimeout(120_000);
        }

        public IPage Page { get; }

        /// <summary>Errors of the console, and requests to elsewhere.</summary>
        public List<string> Problems { get; } = [];

        public static async Task<BrowserSession> OpenAsync(CalendarMain main, string token, int width = 1280, ColorScheme scheme = ColorScheme.Light)
        {
            var chromium = Installed.Program("chromium", "chromium");
            var playwright = await Playwright.CreateAsync();
            var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = chromium, Args = Switches, Timeout = 120_000 });
            var context = await browser.NewContextAsync(new()
            {
                BaseURL = main.Address.ToString(),
                ViewportSize = new() { Width = width, Height = 900 },
                ColorScheme = scheme,
                TimezoneId = "Europe/Berlin",
            });
            var session = new BrowserSession(playwright, browser, await context.NewPageAsync());
            await session.Page.GotoAsync("/");
            await session.Page.Locator("#token").FillAsync(token);
            await session.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
            await Assertions.Expect(session.Page.GetByRole(AriaRole.Link, new() { Name = "New event" })).ToBeVisibleAsync(new() { Timeout = 60_000 });
            return session;
        }

        /// <summary>Keeps a picture for a person to look at, where CLUTCH_SCREENSHOTS names a folder.</summary>
        public async Task ShootAsync(string name)
        {
            if (Environment.GetEnvironmentVariable("CLUTCH_SCREENSHOTS") is { Length: > 0 } folder)
                await Page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"calendar-{name}.png"), FullPage = true });
        }

        public async ValueTask DisposeAsync()
        {
            await _browser.DisposeAsync();
            _playwright.Dispose();
        }
    }
}
