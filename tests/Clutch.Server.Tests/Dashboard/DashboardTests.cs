using System.Text.RegularExpressions;
using Clutch.Client.Wire;
using Clutch.Server.Security;
using Clutch.Server.Tests.Fixtures;
using Clutch.Server.Tests.Schedules;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Clutch.Server.Tests.Dashboard;

/// <summary>What an operator does in the dashboard, in a real browser against a real server.</summary>
public sealed class DashboardTests(Browser browser) : IClassFixture<Browser>
{
    [SkippableFact]
    public async Task A_launch_with_wrong_parameters_says_so_at_the_field_and_keeps_what_was_typed()
    {
        await using var server = await OpenDashboard.StartAsync();
        var page = await browser.VisitAsync(server, "/jobs/quick");
        await page.GetByRole(AriaRole.Button, new() { Name = "Launch" }).ClickAsync();
        var form = page.Locator("#launch");

        await form.GetByLabel("date").FillAsync("2026-11-24");
        await form.GetByLabel("rows").FillAsync("-3");
        await form.GetByRole(AriaRole.Button, new() { Name = "Launch" }).ClickAsync();

        await Expect(form.Locator(".field", new() { HasText = "rows" }).Locator(".fault")).ToContainTextAsync("must be positive");
        await Expect(form.GetByLabel("rows")).ToHaveAttributeAsync("aria-invalid", "true");
        await Expect(form.GetByLabel("date")).ToHaveValueAsync("2026-11-24");
        await Expect(form.GetByLabel("rows")).ToHaveAttributeAsync("aria-describedby", new Regex("^parameter-rows-hint fault-"));
        await form.GetByRole(AriaRole.Button, new() { Name = "Launch" }).ClickAsync();
        await Expect(form.GetByLabel("rows")).ToHaveAttributeAsync("aria-describedby", new Regex("^parameter-rows-hint fault-[^ ]*$"));
    }

    [SkippableFact]
    public async Task A_launch_with_right_parameters_leads_to_its_execution()
    {
        await using var server = await OpenDashboard.StartAsync();
        var page = await browser.VisitAsync(server, "/jobs/quick");
        await page.GetByRole(AriaRole.Button, new() { Name = "Launch" }).ClickAsync();
        var form = page.Locator("#launch");

        await form.GetByLabel("date").FillAsync("2026-11-24");
        await form.GetByRole(AriaRole.Button, new() { Name = "Launch" }).ClickAsync();

        await page.WaitForURLAsync("**/executions/*");
        await Expect(page.Locator("#head")).ToContainTextAsync("Completed");
        await Expect(page.Locator("#steps")).ToContainTextAsync("10 read = 10 written + 0 filtered + 0 skipped");
    }

    [SkippableFact]
    public async Task A_launch_of_what_is_complete_says_so_and_leads_to_what_completed_it()
    {
        await using var server = await OpenDashboard.StartAsync();
        var page = await browser.VisitAsync(server, "/jobs/quick");
        var form = page.Locator("#launch");
        await LaunchQuickAsync(page, form);
        await page.WaitForURLAsync("**/executions/*");
        await Expect(page.Locator("#head")).ToContainTextAsync("Completed");
        var completed = page.Url;

        await page.GotoAsync("/jobs/quick");
        await LaunchQuickAsync(page, form);

        await Expect(form.GetByRole(AriaRole.Status)).ToContainTextAsync("has completed just this, so nothing was launched");
        await form.GetByRole(AriaRole.Link).ClickAsync();
        await page.WaitForURLAsync(completed);
    }

    private static async Task LaunchQuickAsync(IPage page, ILocator form)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = "Launch" }).ClickAsync();
        await form.GetByLabel("date").FillAsync("2026-11-24");
        await form.GetByRole(AriaRole.Button, new() { Name = "Launch" }).ClickAsync();
    }

    [SkippableFact]
    public async Task A_parameter_with_dots_in_its_name_arrives()
    {
        await using var server = await TestServer.StartAsync(StoreKind.Sqlite, OpenDashboard.Settings with
        {
            Clutch = clutch => clutch.AddJob("dotted", job => job.Parameter<string>("source.file").Step("load", (_, _) => Task.CompletedTask)),
        });
        var page = await browser.VisitAsync(server, "/jobs/dotted");

        await page.GetByRole(AriaRole.Button, new() { Name = "Launch" }).ClickAsync();
        await page.Locator("#launch").GetByLabel("source.file").FillAsync("prices.csv");
        await page.Locator("#launch").GetByRole(AriaRole.Button, new() { Name = "Launch" }).ClickAsync();

        await page.WaitForURLAsync("**/executions/*");
        await Expect(page.Locator("#facts")).ToContainTextAsync("prices.csv");
    }

    [SkippableTheory]
    [InlineData("")]
    [InlineData("/steps/load")]
    public async Task An_execution_that_ends_while_it_is_watched_is_shown_as_ended_and_no_server_is_missed(string page)
    {
        await using var server = await OpenDashboard.StartAsync();
        var launched = await LaunchAsync(server, "waiting");
        var watching = await browser.VisitAsync(server, $"/executions/{launched}{page}");
        await Expect(watching.Locator("#live")).ToHaveAttributeAsync("data-state", "on");

        server.Jobs.Release();

        await Expect(watching.Locator("#live")).ToHaveAttributeAsync("data-state", "ended");
        await Expect(watching.Locator("main .status").First).ToContainTextAsync("Completed");
        await Expect(watching.Locator("#lost")).ToBeHiddenAsync();
        await Expect(watching.Locator("#live")).ToHaveTextAsync("Ended");
    }

    [SkippableFact]
    public async Task An_action_shows_what_it_did_where_the_address_names_a_place_of_the_page()
    {
        await using var server = await OpenDashboard.StartAsync();
        var launched = await LaunchAsync(server, "waiting");
        var page = await browser.VisitAsync(server, $"/executions/{launched}#facts");

        await page.GetByRole(AriaRole.Button, new() { Name = "Stop" }).ClickAsync();
        await page.Locator("#stop").GetByLabel("Reason").FillAsync("the source is being mended");
        await page.Locator("#stop").GetByRole(AriaRole.Button, new() { Name = "Stop" }).ClickAsync();

        await Expect(page.Locator("#stop[open]")).ToHaveCountAsync(0);
        await Expect(page.Locator("#head")).ToContainTextAsync("Stopping");
    }

    [SkippableFact]
    public async Task Who_signs_in_goes_back_to_the_very_address_and_who_is_signed_out_is_led_to_the_sign_in()
    {
        await using var server = await TestServer.StartAsync(StoreKind.Sqlite);
        await AddPersonAsync(server, "vera", "a password of vera's", Role.Viewer);
        var page = await browser.VisitAsync(server, "/executions?job={csrfToken}");
        await page.GetByLabel("Name").FillAsync("vera");
        await page.GetByLabel("Password").FillAsync("a password of vera's");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await page.WaitForURLAsync("**/executions?job=*");
        Assert.Equal("?job={csrfToken}", Uri.UnescapeDataString(new Uri(page.Url).Query));
        await Expect(page.Locator("#live")).ToHaveAttributeAsync("data-state", "on");

        await server.Services.GetRequiredService<CredentialStore>().DeleteUserAsync("vera", CancellationToken.None);

        await page.WaitForURLAsync("**/sign-in?back=*");
    }

    [SkippableFact]
    public async Task Progress_moves_and_the_end_shows_without_a_reload()
    {
        await using var server = await OpenDashboard.StartAsync();
        var launched = await LaunchAsync(server, "waiting");
        var page = await browser.VisitAsync(server, $"/executions/{launched}");
        await page.EvaluateAsync("window.isSame = true");
        await Expect(page.Locator($"[data-live='{launched}/load/read']").First).ToHaveTextAsync("30");

        server.Jobs.Release();

        await Expect(page.Locator("#head")).ToContainTextAsync("Completed");
        await Expect(page.Locator($"[data-live='{launched}/load/read']").First).ToHaveTextAsync("100");
        Assert.True(await page.EvaluateAsync<bool>("window.isSame === true"));
    }

    [SkippableFact]
    public async Task How_long_an_execution_runs_moves_while_it_runs()
    {
        await using var server = await OpenDashboard.StartAsync();
        var launched = await LaunchAsync(server, "waiting");
        var page = await browser.VisitAsync(server, $"/executions/{launched}");
        await Expect(page.Locator("#live")).ToHaveAttributeAsync("data-state", "on");
        await page.Locator("#live").ClickAsync();

        // What was fetched before may come after.
        await Poll.UntilAsync(
            async () =>
            {
                await page.EvaluateAsync(
                    "id => showProgress({ executionId: id, job: 'waiting', status: 'Started', startedAt: '2026-11-24T09:00:00Z', at: '2026-11-24T10:01:00Z', steps: [] })", launched);
                return await page.Locator("#facts [data-live$='/duration']").TextContentAsync();
            },
            text => text == "1 h 1 min");

        await Expect(page.Locator("#attempts tbody [data-live$='/duration']")).ToHaveTextAsync("1 h 1 min");
    }

    [SkippableFact]
    public async Task The_end_of_an_execution_is_spoken_in_the_language_of_the_page()
    {
        await using var server = await OpenDashboard.StartAsync();
        var launched = await LaunchAsync(server, "waiting");
        var page = await browser.OpenAsync(server.Address, new() { Locale = "ko-KR" });
        await page.GotoAsync($"/executions/{launched}");
        await Expect(page.Locator("#live")).ToHaveAttributeAsync("data-state", "on");

        server.Jobs.Release();

        await Expect(page.Locator("#voice")).ToHaveTextAsync($"#{launched} waiting: 완료");
    }

    [SkippableTheory]
    [InlineData("/nodes", 15)]
    [InlineData("/executions/1", 60)]
    public async Task What_no_event_tells_of_is_fetched_again(string path, int seconds)
    {
        await using var server = await OpenDashboard.StartAsync();
        Assert.Equal(1, await LaunchAsync(server, "waiting"));
        await server.Anonymous.UntilAsync(1, details => details.Steps is [{ Status: ExecutionStatus.Started }]);
        var page = await browser.OpenAsync(server.Address);
        var refreshes = 0;
        page.Request += (_, request) => refreshes += request.Headers.ContainsKey("x-clutch-refresh") ? 1 : 0;
        await page.Clock.InstallAsync();
        await page.GotoAsync(path);
        if (path != "/nodes")
            await Poll.UntilAsync(() => Task.FromResult(refreshes), count => count > 0);

        await page.Clock.FastForwardAsync((seconds - 5) * 1_000);
        var before = refreshes;
        await page.Clock.FastForwardAsync(10_000);

        await Poll.UntilAsync(() => Task.FromResult(refreshes), count => count > before);
    }

    [SkippableFact]
    public async Task What_began_and_ended_while_the_page_was_paused_shows_when_it_goes_on()
    {
        await using var server = await OpenDashboard.StartAsync();
        var page = await browser.VisitAsync(server, "/executions");
        await Expect(page.Locator("#live")).ToHaveAttributeAsync("data-state", "on");
        await page.Keyboard.PressAsync("r");
        await Expect(page.Locator("#live")).ToHaveAttributeAsync("data-state", "paused");
        var launched = await LaunchAsync(server, "failing");
        await server.Anonymous.EndAsync(launched);

        await page.Keyboard.PressAsync("r");

        await Expect(page.Locator("main tbody")).ToContainTextAsync("failing");
    }

    [SkippableFact]
    public async Task A_page_without_a_sign_for_it_cannot_be_paused()
    {
        await using var server = await OpenDashboard.StartAsync();
        var page = await browser.OpenAsync(server.Address);
        var refreshes = 0;
        page.Request += (_, request) => refreshes += request.Headers.ContainsKey("x-clutch-refresh") ? 1 : 0;
        await page.Clock.InstallAsync();
        await page.GotoAsync("/nodes");

        await page.Keyboard.PressAsync("r");
        await page.Clock.FastForwardAsync(20_000);

        await Poll.UntilAsync(() => Task.FromResult(refreshes), count => count > 0);
    }

    [SkippableFact]
    public async Task Stop_asks_for_a_reason_and_says_what_will_happen_and_restart_goes_on_there()
    {
        await using var server = await OpenDashboard.StartAsync();
        var launched = await LaunchAsync(server, "waiting");
        var page = await browser.VisitAsync(server, $"/executions/{launched}");

        await page.GetByRole(AriaRole.Button, new() { Name = "Stop" }).ClickAsync();
        await Expect(page.Locator("#stop")).ToContainTextAsync("ends at its next chunk boundary");
        await page.Locator("#stop").GetByLabel("Reason").FillAsync("the source is being mended");
        await page.Locator("#stop").GetByRole(AriaRole.Button, new() { Name = "Stop" }).ClickAsync();
        await Expect(page.Locator("#head")).ToContainTextAsync("Stopping");
        server.Jobs.Release();
        await Expect(page.Locator("#head")).ToContainTextAsync("Stopped");
        await page.GetByRole(AriaRole.Button, new() { Name = "Restart" }).ClickAsync();
        await page.Locator("#restart").GetByLabel("Reason").FillAsync("the source is mended");
        await page.Locator("#restart").GetByRole(AriaRole.Button, new() { Name = "Restart" }).ClickAsync();

        await page.WaitForURLAsync(url => !url.EndsWith($"/executions/{launched}", StringComparison.Ordinal));
        await Expect(page.Locator("#head")).ToContainTextAsync("Completed");
        await Expect(page.Locator("#attempts tbody tr")).ToHaveCountAsync(2);
        await page.GotoAsync("/audit");
        await Expect(page.Locator("main")).ToContainTextAsync("the source is being mended");
    }

    [SkippableFact]
    public async Task A_dialog_that_is_opened_while_news_is_on_its_way_stays_open()
    {
        await using var server = await OpenDashboard.StartAsync();
        var launched = await LaunchAsync(server, "waiting");
        var page = await browser.OpenAsync(server.Address);
        var (asked, isOpen, answered) = (new TaskCompletionSource(), new TaskCompletionSource(), new TaskCompletionSource());
        await page.RouteAsync("**/executions/*", async route =>
        {
            var isRefresh = route.Request.Headers.ContainsKey("x-clutch-refresh");
            if (isRefresh && asked.TrySetResult())
                await isOpen.Task;
            await route.ContinueAsync();
        });
        page.RequestFinished += (_, request) =>
        {
            if (request.Headers.ContainsKey("x-clutch-refresh"))
                answered.TrySetResult();
        };
        await page.GotoAsync($"/executions/{launched}");
        await asked.Task.WaitAsync(TimeSpan.FromMinutes(2));

        await page.GetByRole(AriaRole.Button, new() { Name = "Stop" }).ClickAsync();
        server.Jobs.Release();
        await Poll.UntilAsync(() => server.Services.GetRequiredService<Repository.IJobRepository>().FindExecutionAsync(new(launched), CancellationToken.None).AsTask(), execution => execution?.EndedAt is not null);
        isOpen.SetResult();
        await answered.Task.WaitAsync(TimeSpan.FromMinutes(2));

        await page.EvaluateAsync("new Promise(done => setTimeout(done, 500))");
        await Expect(page.Locator("#stop")).ToBeVisibleAsync();
        await page.Locator("#stop [data-close]").First.ClickAsync();
        await Expect(page.Locator("#head")).ToContainTextAsync("Completed");
    }

    [SkippableFact]
    public async Task A_dead_letter_that_is_run_again_is_gone()
    {
        await using var server = await OpenDashboard.StartAsync();
        var launched = await LaunchAsync(server, "skipping");
        var page = await browser.VisitAsync(server, $"/executions/{launched}");
        await Expect(page.Locator("#head")).ToContainTextAsync("Completed");
        server.Jobs.Mend();
        await page.GotoAsync($"/dead-letters?execution={launched}&step=load");
        await Expect(page.Locator("main")).ToContainTextAsync("is round, \"very\"");

        await page.GetByRole(AriaRole.Button, new() { Name = "Run all of the step again" }).ClickAsync();
        await page.WaitForURLAsync("**/executions/*");
        await Expect(page.Locator("#head")).ToContainTextAsync("Completed");

        await page.GotoAsync("/dead-letters");
        await Expect(page.Locator("main")).ToContainTextAsync("No open dead letters.");
    }

    [SkippableFact]
    public async Task A_viewer_signs_in_sees_everything_and_is_offered_no_change()
    {
        await using var server = await TestServer.StartAsync(StoreKind.Sqlite);
        await AddPersonAsync(server, "vera", "a password of vera's", Role.Viewer);
        var launched = await LaunchAsync(server, "failing");
        var page = await browser.VisitAsync(server, $"/executions/{launched}");
        Assert.Contains("/sign-in", page.Url, StringComparison.Ordinal);

        await page.GetByLabel("Name").FillAsync("vera");
        await page.GetByLabel("Password").FillAsync("wrong");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Expect(page.Locator(".fault")).ToBeVisibleAsync();
        await page.GetByLabel("Password").FillAsync("a password of vera's");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();

        await page.WaitForURLAsync($"**/executions/{launched}");
        await Expect(page.Locator("#failure")).ToContainTextAsync("The file is torn.");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Restart" })).ToHaveCountAsync(0);
        var refused = await page.EvaluateAsync<int>(
            """
            async id => (await fetch(`/api/v1/executions/${id}/restart`, { method: 'POST', body: '{"reason":"by hand"}',
              headers: { 'Content-Type': 'application/json', 'X-CSRF-Token': document.querySelector('meta[name=csrf-token]').content } })).status
            """,
            launched);
        Assert.Equal(403, refused);
    }

    [SkippableFact]
    public async Task A_server_that_is_lost_is_told_and_comes_back_by_itself()
    {
        await using var store = await TestStore.CreateAsync(StoreKind.Sqlite);
        var first = await TestServer.StartAsync(store, OpenDashboard.Settings);
        var page = await browser.VisitAsync(first, "/");
        await Expect(page.Locator("#live")).ToHaveAttributeAsync("data-state", "on");

        await first.DisposeAsync();
        await Expect(page.Locator("#lost")).ToBeVisibleAsync();
        await using var second = await TestServer.StartAsync(store, OpenDashboard.Settings with { Url = first.Address.ToString().TrimEnd('/') });

        await Expect(page.Locator("#live")).ToHaveAttributeAsync("data-state", "on");
        await Expect(page.Locator("#lost")).ToBeHiddenAsync();
    }

    [SkippableFact]
    public async Task The_keyboard_leads_everywhere()
    {
        await using var server = await OpenDashboard.StartAsync();
        await LaunchAsync(server, "failing");
        var page = await browser.VisitAsync(server, "/");

        await page.Keyboard.PressAsync("g");
        await page.Keyboard.PressAsync("e");
        await page.WaitForURLAsync("**/executions");
        await page.Keyboard.PressAsync("/");
        await Expect(page.Locator("#filter-job")).ToBeFocusedAsync();
        await page.Locator("#filter-job").BlurAsync();
        await page.Keyboard.PressAsync("j");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForURLAsync("**/executions/*");
        await page.Keyboard.PressAsync("?");

        await Expect(page.Locator("#keys")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.Locator("#keys")).ToBeHiddenAsync();
    }

    [SkippableFact]
    public async Task Texts_are_in_the_language_of_the_browser_and_in_the_one_that_was_chosen()
    {
        await using var server = await OpenDashboard.StartAsync();
        var page = await browser.OpenAsync(server.Address, new() { Locale = "ko-KR", TimezoneId = "Asia/Seoul" });

        await page.GotoAsync("/jobs");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("작업");
        await Expect(page.Locator("#zone")).ToHaveTextAsync("Asia/Seoul");
        await page.GetByRole(AriaRole.Link, new() { Name = "English" }).ClickAsync();

        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Jobs");
        Assert.EndsWith("/jobs", page.Url, StringComparison.Ordinal);
    }

    private static async Task<long> LaunchAsync(TestServer server, string job)
    {
        var launch = await server.Services.GetRequiredService<Launching.JobLauncher>().LaunchAsync(job, new Dictionary<string, string>());
        return launch.Run!.Execution.Id.Value;
    }

    private static Task AddPersonAsync(TestServer server, string name, string password, Role role) =>
        server.Services.GetRequiredService<CredentialStore>().PutUserAsync(new(name, role, PasswordHash.Create(password)), CancellationToken.None);
}
