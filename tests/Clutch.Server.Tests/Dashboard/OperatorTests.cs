using Clutch.Client.Wire;
using Clutch.Repository;
using Clutch.Server.Security;
using Clutch.Server.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Clutch.Server.Tests.Dashboard;

/// <summary>What an operator does with schedules, dead letters, failures and the outbox, in a real browser against a real server.</summary>
public sealed class OperatorTests(Browser browser) : IClassFixture<Browser>
{
    [SkippableFact]
    public async Task A_schedule_is_paused_says_by_whom_and_why_resumes_and_runs_now()
    {
        await using var store = await TestStore.CreateAsync(StoreKind.Sqlite);
        await using var server = await StartWithScheduleAsync(store);
        var page = await browser.OpenAsync(server.Address);

        await page.GotoAsync("/schedules");
        await page.GetByRole(AriaRole.Link, new() { Name = "nightly" }).ClickAsync();
        await ActAsync(page, "Pause", "#pause", "the partner migrates");
        await Expect(page.Locator(".heading")).ToContainTextAsync("Paused by local: the partner migrates");
        await page.GotoAsync("/");
        await Expect(page.Locator("#due")).ToContainTextAsync("1 schedules are paused");
        await page.Locator("#due").GetByRole(AriaRole.Link).ClickAsync();
        await Expect(page.Locator("#schedules tbody tr")).ToContainTextAsync("Paused by local: the partner migrates");

        await page.GetByRole(AriaRole.Link, new() { Name = "nightly" }).ClickAsync();
        await ActAsync(page, "Resume", "#resume", "the partner is done");
        await Expect(page.Locator(".heading")).ToContainTextAsync("active");
        await ActAsync(page, "Run now", "#run", "the night was missed");
        await Expect(page.Locator("#firings tbody tr").First).ToContainTextAsync("completed");
        await page.Locator("#firings tbody a").First.ClickAsync();

        await Expect(page.Locator("#head")).ToContainTextAsync("Completed");
        await page.GotoAsync("/audit");
        await Expect(page.Locator("main")).ToContainTextAsync("the partner migrates");
    }

    [SkippableFact]
    public async Task An_edit_of_a_schedule_is_previewed_and_one_that_is_wrong_keeps_what_was_typed()
    {
        await using var store = await TestStore.CreateAsync(StoreKind.Sqlite);
        await using var server = await StartWithScheduleAsync(store);
        var page = await browser.VisitAsync(server, "/schedules/nightly");

        await page.GetByRole(AriaRole.Button, new() { Name = "Edit" }).ClickAsync();
        var form = page.Locator("#edit-schedule form");
        await form.GetByLabel("Cron expression").FillAsync("at noon");
        await form.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(form.Locator(".fault")).ToBeVisibleAsync();
        await Expect(form.GetByLabel("Cron expression")).ToHaveValueAsync("at noon");
        await form.GetByLabel("Cron expression").FillAsync("0 4 * * 1-5");
        await form.GetByRole(AriaRole.Button, new() { Name = "Preview" }).ClickAsync();
        await Expect(form.Locator("#edit-preview li")).ToHaveCountAsync(5);
        await form.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();

        await Expect(page.Locator("#facts")).ToContainTextAsync("at 04:00, Monday to Friday");
    }

    [SkippableFact]
    public async Task A_dead_letter_is_corrected_and_run_again_alone()
    {
        await using var server = await OpenDashboard.StartAsync();
        await EndAsync(server, "skipping");
        var letters = await server.Services.GetRequiredService<IJobRepository>().ListDeadLettersAsync(new(), CancellationToken.None);
        var page = await browser.VisitAsync(server, "/dead-letters");
        await page.Locator($"a[href='/dead-letters/{letters[0].Id}']").ClickAsync();
        var form = page.Locator("form").Filter(new() { HasText = "Save the correction" });

        await form.GetByLabel("Payload").FillAsync("{\"Number\": 11");
        await form.GetByLabel("Reason").FillAsync("the source counts wrongly");
        await form.GetByRole(AriaRole.Button, new() { Name = "Save the correction" }).ClickAsync();
        await Expect(form.Locator(".field", new() { HasText = "Payload" }).Locator(".fault")).ToContainTextAsync("not JSON");
        await Expect(form.GetByLabel("Payload")).ToHaveValueAsync("{\"Number\": 11");
        await form.GetByLabel("Payload").FillAsync("{\"Number\": 11}");
        await form.GetByRole(AriaRole.Button, new() { Name = "Save the correction" }).ClickAsync();
        await Expect(form.Locator(".fault")).ToHaveCountAsync(0);
        await Expect(page.Locator("#payload")).ToHaveTextAsync("{\"Number\": 11}");
        await page.GetByRole(AriaRole.Button, new() { Name = "Run again" }).ClickAsync();
        await page.WaitForURLAsync("**/executions/*");
        await Expect(page.Locator("#head")).ToContainTextAsync("Completed");

        await page.GotoAsync("/dead-letters");
        await Expect(page.Locator($"a[href='/dead-letters/{letters[0].Id}']")).ToHaveCountAsync(0);
        await Expect(page.Locator($"a[href='/dead-letters/{letters[1].Id}']")).ToHaveCountAsync(1);
    }

    [SkippableFact]
    public async Task All_dead_letters_of_an_error_are_run_again_whichever_executions_left_them()
    {
        await using var server = await OpenDashboard.StartAsync();
        await EndAsync(server, "skipping", n: 1);
        await EndAsync(server, "skipping", n: 2);
        server.Jobs.Mend();
        var page = await browser.VisitAsync(server, "/dead-letters");
        await Expect(page.Locator("main table").First.Locator("tbody tr")).ToContainTextAsync("FormatException");

        await page.GetByRole(AriaRole.Button, new() { Name = "Run again", Exact = true }).First.ClickAsync();
        await page.Locator("#redrive-0").GetByLabel("Reason").FillAsync("the rule for round numbers is gone");
        await page.Locator("#redrive-0").GetByRole(AriaRole.Button, new() { Name = "Run again" }).ClickAsync();
        await page.WaitForURLAsync("**/executions?job=*");
        await Expect(page.Locator("#executions tbody tr").Filter(new() { HasText = "Completed" })).ToHaveCountAsync(2);

        await page.GotoAsync("/dead-letters");
        await Expect(page.Locator("main")).ToContainTextAsync("No open dead letters.");
    }

    [SkippableFact]
    public async Task A_failure_is_over_once_a_restart_completed()
    {
        await using var server = await OpenDashboard.StartAsync();
        var failed = await EndAsync(server, "failing");
        var page = await browser.VisitAsync(server, "/");
        await Expect(page.Locator("#attention")).ToContainTextAsync("The file is torn.");
        // The alert of it may stand beside.
        var tile = page.Locator("#tiles .bad[href^='/executions']");
        await Expect(tile).ToContainTextAsync("failed in 24 h");
        await page.GotoAsync($"/executions/{failed}");
        await Expect(page.Locator("#failure")).ToContainTextAsync("Mend the cause, then restart");

        server.Jobs.Mend();
        await ActAsync(page, "Restart", "#restart", "the file is whole");
        await page.WaitForURLAsync(url => !url.EndsWith($"/executions/{failed}", StringComparison.Ordinal));
        await Expect(page.Locator("#head")).ToContainTextAsync("Completed");

        await page.GotoAsync($"/executions/{failed}");
        await Expect(page.Locator("#failure")).ToContainTextAsync("A later attempt completed");
        await Expect(page.Locator("#failure")).Not.ToContainTextAsync("Mend the cause");
        await page.GotoAsync("/");
        await Expect(page.Locator("#attention")).ToContainTextAsync("Nothing failed since you last looked.");
        await Expect(tile).ToHaveCountAsync(0);
    }

    [SkippableFact]
    public async Task Failures_that_were_seen_are_told_no_more()
    {
        await using var server = await OpenDashboard.StartAsync();
        await EndAsync(server, "failing");
        var page = await browser.VisitAsync(server, "/");

        await page.GetByRole(AriaRole.Link, new() { Name = "I have seen these" }).ClickAsync();

        await Expect(page.Locator("#attention")).ToContainTextAsync("Nothing failed since you last looked.");
    }

    [SkippableFact]
    public async Task Failed_messages_of_the_outbox_stand_on_the_overview_and_go_once_they_are_sent_again()
    {
        var shop = new ShopOutbox();
        await using var server = await TestServer.StartAsync(StoreKind.Sqlite, OpenDashboard.Settings with { Services = shop.AddTo });
        await shop.EnqueueAsync(server, 30);
        var page = await browser.OpenAsync(server.Address);
        await Schedules.Poll.UntilAsync(() => FailedAsync(server), count => count == 3);

        await page.GotoAsync("/");
        await page.GetByRole(AriaRole.Link, new() { Name = "3 failed messages" }).ClickAsync();
        await Expect(page.Locator("#channel-shop")).ToContainTextAsync("urn:shop:price-negative");
        await ActAsync(page, "Pause", "#pause-shop", "the shop is being moved");
        await Expect(page.Locator("#channel-shop header")).ToContainTextAsync("paused");
        await ActAsync(page, "Resume", "#resume-shop", "the shop is back");
        shop.Mend();
        await ActAsync(page, "Run again", "#redrive-shop-0", "the prices are right now");
        await Schedules.Poll.UntilAsync(() => FailedAsync(server), count => count == 0);

        await page.ReloadAsync();
        await Expect(page.Locator("#channel-shop")).ToContainTextAsync("No failed messages.");
    }

    [SkippableFact]
    public async Task Messages_that_failed_without_a_type_are_sent_again_alone()
    {
        var shop = new ShopOutbox(isSilent: true);
        await using var server = await TestServer.StartAsync(StoreKind.Sqlite, OpenDashboard.Settings with { Services = shop.AddTo });
        await shop.EnqueueAsync(server, 35);
        await Schedules.Poll.UntilAsync(() => FailedAsync(server), count => count == 7);
        shop.Mend();
        var page = await browser.VisitAsync(server, "/outbox");

        await Expect(page.Locator("#channel-shop .table tbody tr").First).ToContainTextAsync("without a type");
        await ActAsync(page, "Run again", "#redrive-shop-0", "the shop says why it refuses now");
        await Schedules.Poll.UntilAsync(() => FailedAsync(server), count => count < 7);

        Assert.Equal(3, await FailedAsync(server));
        await page.ReloadAsync();
        await Expect(page.Locator("#channel-shop .table tbody tr")).ToContainTextAsync("urn:shop:price-negative");
    }

    [SkippableFact]
    public async Task Failed_messages_that_somebody_knows_of_count_no_more()
    {
        var shop = new ShopOutbox();
        await using var server = await TestServer.StartAsync(StoreKind.Sqlite, OpenDashboard.Settings with { Services = shop.AddTo });
        await shop.EnqueueAsync(server, 30);
        await Schedules.Poll.UntilAsync(() => FailedAsync(server), count => count == 3);
        var page = await browser.VisitAsync(server, "/outbox");
        await Expect(page.Locator("#channel-shop .table tbody tr")).ToContainTextAsync("3 not acknowledged");

        await ActAsync(page, "Acknowledge", "#acknowledge-shop-0", "the supplier knows");

        await Expect(page.Locator("#channel-shop .table tbody tr")).Not.ToContainTextAsync("not acknowledged");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Acknowledge" })).ToHaveCountAsync(0);
        await page.GotoAsync("/");
        await Expect(page.Locator("#tiles a[href='/outbox']")).ToHaveTextAsync("0failed messages");
        Assert.Equal(3, await FailedAsync(server));
    }

    [SkippableFact]
    public async Task The_partitions_of_a_step_are_filtered_in_the_address()
    {
        await using var server = await OpenDashboard.StartAsync();
        var parts = await EndAsync(server, "parts");
        var page = await browser.VisitAsync(server, $"/executions/{parts}/steps/load");
        await Expect(page.Locator("#partitions tbody tr")).ToHaveCountAsync(10);

        await page.Locator("#strip").GetByRole(AriaRole.Link, new() { Name = "10 Completed" }).ClickAsync();
        await page.WaitForURLAsync("**/steps/load?status=Completed");
        await Expect(page.Locator("#partitions tbody tr")).ToHaveCountAsync(10);
        await page.GotoAsync($"/executions/{parts}/steps/load?status=Failed");

        await Expect(page.Locator("#partitions")).ToContainTextAsync("No partition matches.");
        await page.GetByRole(AriaRole.Link, new() { Name = "Clear filters" }).ClickAsync();
        await Expect(page.Locator("#partitions tbody tr")).ToHaveCountAsync(10);
    }

    [SkippableFact]
    public async Task A_viewer_is_offered_no_change_on_any_page()
    {
        await using var store = await TestStore.CreateAsync(StoreKind.Sqlite);
        var shop = new ShopOutbox();
        await using var server = await StartWithScheduleAsync(store, new() { Services = shop.AddTo });
        await server.Services.GetRequiredService<CredentialStore>().PutUserAsync(new("vera", Role.Viewer, PasswordHash.Create("a password of vera's")), CancellationToken.None);
        await shop.EnqueueAsync(server, 10);
        var executions = new[] { await EndAsync(server, "skipping"), await EndAsync(server, "failing") };
        var page = await browser.VisitAsync(server, "/sign-in");
        await page.GetByLabel("Name").FillAsync("vera");
        await page.GetByLabel("Password").FillAsync("a password of vera's");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await page.WaitForURLAsync(url => !url.Contains("sign-in", StringComparison.Ordinal));

        foreach (var path in new[]
        {
            "/", "/jobs", "/jobs/quick", "/executions", $"/executions/{executions[1]}", $"/dead-letters?execution={executions[0]}&step=load", "/dead-letters/1", "/schedules", "/schedules/nightly", "/outbox",
            "/nodes", "/alerts", "/audit",
        })
        {
            var answer = await page.GotoAsync(path);
            Assert.Equal(200, answer!.Status);
            Assert.Equal(0, await page.Locator("[data-dialog], form[data-call]:not([data-call='DELETE /api/v1/session'])").CountAsync());
        }
    }

    private static Task<TestServer> StartWithScheduleAsync(TestStore store, TestServerSettings? settings = null)
    {
        settings ??= OpenDashboard.Settings;
        return TestServer.StartAsync(store, settings with
        {
            Clutch = clutch => clutch.AddSchedule("nightly", "skipping", schedule => schedule.Cron("30 2 1 1 *", "Europe/Berlin").Parameter("n", "{scheduled:yyyy}")),
            Services = services =>
            {
                settings.Services?.Invoke(services);
                services.AddClutchSchedules(schedules => schedules.UseSqlite(store.ConnectionString.Replace("clutch.db", "quartz.db", StringComparison.Ordinal)));
            },
        });
    }

    private static async Task ActAsync(IPage page, string action, string dialog, string reason)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = action, Exact = true }).First.ClickAsync();
        await page.Locator(dialog).GetByLabel("Reason").FillAsync(reason);
        await page.Locator(dialog).GetByRole(AriaRole.Button, new() { Name = action, Exact = true }).ClickAsync();
        await page.Locator($"{dialog}[open]").WaitForAsync(new() { State = WaitForSelectorState.Detached });
    }

    private static async Task<long> EndAsync(TestServer server, string job, int? n = null)
    {
        var parameters = new Dictionary<string, string>(StringComparer.Ordinal);
        if (n is { } number)
            parameters["n"] = number.ToString(System.Globalization.CultureInfo.InvariantCulture);
        var launch = await server.Services.GetRequiredService<Launching.JobLauncher>().LaunchAsync(job, parameters);
        return (await launch.Run!.Completion).Id.Value;
    }

    private static async Task<long> FailedAsync(TestServer server) =>
        (await server.Services.GetRequiredService<Outbox.Administration.IOutboxAdmin>().GetStatisticsAsync("shop", CancellationToken.None)).Counts[Outbox.Administration.MessageStatus.Failed];
}
