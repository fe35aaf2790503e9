using System.Globalization;
using Clutch.Launching;
using Clutch.Relational;
using Clutch.Server.Tests.Alerts;
using Clutch.Server.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace Clutch.Server.Tests.Dashboard;

/// <summary>Makes the pictures of the documentation, where <c>CLUTCH_SCREENSHOTS</c> names a folder for them: <c>eng/screenshots.sh</c>.</summary>
public sealed class ScreenshotTests(Browser browser) : IClassFixture<Browser>
{
    private static readonly View[] Views =
    [
        new("light", ColorScheme.Light, 1_280, 860), new("dark", ColorScheme.Dark, 1_280, 860), new("light-phone", ColorScheme.Light, 360, 780), new("dark-phone", ColorScheme.Dark, 360, 780),
        new("korean", ColorScheme.Light, 1_280, 860, "ko-KR"), new("4k", ColorScheme.Light, 3_840, 2_160),
    ];

    [SkippableFact]
    public async Task Pictures_of_every_page()
    {
        var folder = Environment.GetEnvironmentVariable("CLUTCH_SCREENSHOTS");
        Skip.If(folder is null, "Pictures are made by eng/screenshots.sh.");
        await using var store = await TestStore.CreateAsync(StoreKind.Sqlite);
        var jobs = new DemoJobs();
        var shop = new ShopOutbox();
        await using var server = await TestServer.StartAsync(store, new()
        {
            HasKeys = false,
            HasTestJobs = false,
            Clutch = jobs.AddTo,
            Options = options =>
            {
                options.Alerts.Interval = TimeSpan.FromMinutes(10);
                options.Alerts.Rules.DeadLetters.Above = 20;
            },
            Services = services =>
            {
                shop.AddTo(services);
                services.AddClutchSchedules(schedules => schedules.UseSqlite(store.ConnectionString.Replace("clutch.db", "quartz.db", StringComparison.Ordinal)));
            },
        });
        var pages = await FillAsync(server, jobs);
        await shop.EnqueueAsync(server, 240);
        await server.LookAsync();
        Directory.CreateDirectory(folder!);

        foreach (var view in Views)
        {
            var page = await browser.OpenAsync(server.Address, new() { ColorScheme = view.Scheme, ViewportSize = new() { Width = view.Width, Height = view.Height }, Locale = view.Locale, TimezoneId = "Europe/Berlin" });
            foreach (var (file, path) in pages)
            {
                await page.GotoAsync(path);
                await page.WaitForFunctionAsync("() => (document.getElementById('live')?.dataset.state ?? 'on') === 'on'");
                await page.ScreenshotAsync(new() { Path = Path.Combine(folder!, $"{file}-{view.Name}.png"), FullPage = true });
            }

            await page.GotoAsync("/jobs/import-products");
            await page.Locator("[data-dialog=launch]").ClickAsync();
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder!, $"launch-{view.Name}.png") });
        }
    }

    private static async Task<IReadOnlyList<(string File, string Path)>> FillAsync(TestServer server, DemoJobs jobs)
    {
        var launcher = server.Services.GetRequiredService<JobLauncher>();
        for (var day = 1; day <= 14; day++)
            await EndAsync(launcher, "import-products", day, ("rows", (4_000 + (day * 211 % 900)).ToString(CultureInfo.InvariantCulture)));
        await SyncAsync(launcher, jobs, count: 22);
        var failed = await BreakAsync(launcher, jobs, day: 23);
        var priced = new List<long>();
        for (var day = 1; day <= 4; day++)
            priced.Add(await EndAsync(launcher, "price-orders", day));
        await AgeAsync(server);
        var running = await LaunchAsync(launcher, "nightly-report", day: 1);
        await LaunchAsync(launcher, "import-products", day: 15, ("rows", "200000"));
        return
        [
            ("overview", "/"), ("jobs", "/jobs"), ("job", "/jobs/import-products"), ("executions", "/executions"), ("running", $"/executions/{running}"), ("failed", $"/executions/{failed}"),
            ("partitions", $"/executions/{priced[^1]}"), ("step", $"/executions/{priced[^1]}/steps/price"), ("dead-letters", "/dead-letters"), ("dead-letter", "/dead-letters/1"), ("schedules", "/schedules"),
            ("schedule", "/schedules/nightly-import"), ("outbox", "/outbox"), ("nodes", "/nodes"), ("alerts", "/alerts"), ("alert", "/alerts/1"), ("audit", "/audit"), ("sign-in", "/sign-in"),
        ];
    }

    // One of them failed and went on after somebody mended it.
    private static async Task SyncAsync(JobLauncher launcher, DemoJobs jobs, int count)
    {
        for (var day = 1; day <= count; day++)
        {
            if (day != 9)
            {
                await EndAsync(launcher, "sync-calendars", day);
                continue;
            }

            var failed = await BreakAsync(launcher, jobs, day);
            jobs.Break(DateOf(day), isBroken: false);
            await (await launcher.RestartAsync(new(failed))).Run!.Completion;
        }
    }

    private static async Task<long> BreakAsync(JobLauncher launcher, DemoJobs jobs, int day)
    {
        jobs.Break(DateOf(day), isBroken: true);
        return await EndAsync(launcher, "sync-calendars", day);
    }

    // What took seconds a minute ago took minutes in the hours and nights before.
    private static async Task AgeAsync(TestServer server)
    {
        var database = server.Services.GetRequiredService<RelationalDatabase>();
        foreach (var (job, hoursBetween, factor) in new[] { ("import-products", 24, 400), ("sync-calendars", 1, 2_000), ("price-orders", 6, 300) })
        {
            await database.ChangeAsync(
                new Statement("""
                    CREATE TABLE aged AS
                    SELECT id, started_at AS base, (row_number() OVER (ORDER BY id DESC) - 0.6) * @hours * 3600000 AS shift FROM clutch_job_execution WHERE job_name = @job
                    """).With("job", job).With("hours", hoursBetween),
                Rows.Affected,
                CancellationToken.None);
            await database.ChangeAsync(
                new Statement("""
                    UPDATE clutch_step_execution SET
                        started_at = CAST(base - shift + (started_at - base) * @factor AS INTEGER), ended_at = CAST(base - shift + (ended_at - base) * @factor AS INTEGER),
                        updated_at = CAST(base - shift + (updated_at - base) * @factor AS INTEGER)
                    FROM aged WHERE aged.id = job_execution_id
                    """).With("factor", factor),
                Rows.Affected,
                CancellationToken.None);
            await database.ChangeAsync(
                new Statement("""
                    UPDATE clutch_job_execution SET started_at = CAST(base - shift AS INTEGER), ended_at = CAST(base - shift + (ended_at - base) * @factor AS INTEGER)
                    FROM aged WHERE aged.id = clutch_job_execution.id
                    """).With("factor", factor),
                Rows.Affected,
                CancellationToken.None);
            await database.ChangeAsync(new Statement("DROP TABLE aged"), Rows.Affected, CancellationToken.None);
        }
    }

    private static async Task<long> EndAsync(JobLauncher launcher, string job, int day, params (string Name, string Value)[] more)
    {
        var launch = await launcher.LaunchAsync(job, Parameters(day, more));
        return (await launch.Run!.Completion).Id.Value;
    }

    private static async Task<long> LaunchAsync(JobLauncher launcher, string job, int day, params (string Name, string Value)[] more) =>
        (await launcher.LaunchAsync(job, Parameters(day, more))).Run!.Execution.Id.Value;

    private static Dictionary<string, string> Parameters(int day, (string Name, string Value)[] more)
    {
        var parameters = more.ToDictionary(parameter => parameter.Name, parameter => parameter.Value, StringComparer.Ordinal);
        parameters["date"] = DateOf(day).ToString("O", CultureInfo.InvariantCulture);
        return parameters;
    }

    private static DateOnly DateOf(int day) => new(2026, 11, day);

    private sealed record View(string Name, ColorScheme Scheme, int Width, int Height, string Locale = "en-GB");
}
