using Clutch.Client.Wire;
using Clutch.Server.Tests.Dashboard;
using Clutch.Server.Tests.Fixtures;
using Clutch.Server.Tests.Schedules;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Clutch.Server.Tests.Alerts;

/// <summary>Alerts in the dashboard, in a real browser.</summary>
public sealed class AlertPageTests(Browser browser) : IClassFixture<Browser>
{
    [SkippableFact]
    public async Task An_open_alert_is_shown_and_silenced_and_a_test_is_sent()
    {
        await using var http = await HttpSink.StartAsync();
        await using var server = await TestServer.StartAsync(StoreKind.Sqlite, new()
        {
            HasKeys = false,
            Options = options =>
            {
                options.Alerts.Interval = TimeSpan.FromMinutes(10);
                options.Alerts.Webhooks.Add(new() { Name = "ops", Url = http.Address });
            },
        });
        await server.Anonymous.EndAsync((await server.Anonymous.LaunchAsync("failing")).Id);
        await server.LookAsync();
        var page = await browser.OpenAsync(server.Address);

        await page.GotoAsync("/");
        await page.GetByRole(AriaRole.Link, new() { Name = "open alerts" }).ClickAsync();
        await page.WaitForURLAsync("**/alerts");
        await Expect(page.Locator("#alerts tbody tr")).ToContainTextAsync("Job 'failing' (n=1) failed at try 1");
        await page.GetByRole(AriaRole.Button, new() { Name = "Silence" }).ClickAsync();
        await page.Locator("dialog[open]").GetByLabel("Reason").FillAsync("the source is being moved");
        await page.Locator("dialog[open]").GetByLabel("Minutes").FillAsync("30");
        await page.Locator("dialog[open]").GetByRole(AriaRole.Button, new() { Name = "Silence" }).ClickAsync();

        await Expect(page.Locator("#silences")).ToContainTextAsync("the source is being moved");
        await Expect(page.Locator("#alerts tbody tr")).ToContainTextAsync("silenced");
        await page.GetByRole(AriaRole.Button, new() { Name = "Send a test" }).ClickAsync();
        await page.WaitForURLAsync("**/alerts?test=*");
        await Expect(page.Locator("#test tbody tr")).ToContainTextAsync("ops");
        await Poll.UntilAsync(() => Task.FromResult(http.Requests.ToArray()), requests => requests.Any(request => request.Notice.Kind is AlertNoticeKind.Test));
        // The receiver has it before its answer is stored.
        await Poll.UntilAsync(
            async () =>
            {
                await page.ReloadAsync();
                return await page.Locator("#test tbody tr").TextContentAsync() ?? string.Empty;
            },
            text => text.Contains("Synced", StringComparison.Ordinal));
        await page.Locator("#alerts tbody a").First.ClickAsync();
        await Expect(page.Locator("#deliveries")).ToContainTextAsync("ops");
        await Expect(page.Locator("#alert")).ToContainTextAsync("clutch restart");
    }

    [SkippableFact]
    public async Task A_message_that_failed_for_good_is_sent_again_from_the_page_of_its_alert()
    {
        await using var smtp = SmtpSink.Start(refused: "bert@example.com");
        await using var server = await TestServer.StartAsync(StoreKind.Sqlite, new()
        {
            HasKeys = false,
            Options = options =>
            {
                options.Alerts.Interval = TimeSpan.FromMinutes(10);
                options.Alerts.Mails.Add(new()
                {
                    Name = "people",
                    Host = "127.0.0.1",
                    Port = smtp.Port,
                    UseTls = false,
                    From = "clutch@example.com",
                    To = { "anna@example.com", "bert@example.com" },
                });
            },
        });
        await server.Anonymous.EndAsync((await server.Anonymous.LaunchAsync("failing")).Id);
        await server.LookAsync();
        var alert = await server.Anonymous.AlertAsync(alert => alert.NotifiedAt is not null);
        await Poll.UntilAsync(() => server.Anonymous.DeliveriesAsync(alert.Id), list => list is [{ Status: "Failed" }]);
        smtp.Refused = null;
        var page = await browser.OpenAsync(server.Address);

        await page.GotoAsync($"/alerts/{alert.Id}");
        await page.GetByRole(AriaRole.Button, new() { Name = "Send again" }).ClickAsync();
        await page.Locator("dialog[open]").GetByLabel("Reason").FillAsync("the address is mended");
        await page.Locator("dialog[open]").GetByRole(AriaRole.Button, new() { Name = "Send again" }).ClickAsync();

        await server.Anonymous.DeliveredAsync(alert.Id, 1);
        await Expect(page.Locator("#deliveries")).ToContainTextAsync("Synced");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Send again" })).ToHaveCountAsync(0);
    }
}
