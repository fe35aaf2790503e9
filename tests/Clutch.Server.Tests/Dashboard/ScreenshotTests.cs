using System.Globalization;
using Clutch.Launching;
using Clutch.Server.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace Clutch.Server.Tests.Dashboard;

/// <summary>Makes the pictures of the documentation, where <c>CLUTCH_SCREENSHOTS</c> names a folder for them: <c>eng/screenshots.sh</c>.</summary>
public sealed class ScreenshotTests(Browser browser) : IClassFixture<Browser>
{
    private static readonly (string Name, ColorScheme Scheme, int Width, int Height)[] Views =
    [
        ("light", ColorScheme.Light, 1_280, 860), ("dark", ColorScheme.Dark, 1_280, 860), ("light-phone", ColorScheme.Light, 360, 780), ("dark-phone", ColorScheme.Dark, 360, 780),
    ];

    [SkippableFact]
    public async Task Pictures_of_every_page()
    {
        var folder = Environment.GetEnvironmentVariable("CLUTCH_SCREENSHOTS");
        Skip.If(folder is null, "Pictures are made by eng/screenshots.sh.");
        await using var store = await TestStore.CreateAsync(StoreKind.Sqlite);
        await using var server = await TestServer.StartAsync(store, new()
        {
            HasKeys = false,
            Clutch = DemoJobs.AddTo,
            Services = services => services.AddClutchSchedules(schedules => schedules.UseSqlite(store.ConnectionString.Replace("clutch.db", "quartz.db", StringComparison.Ordinal))),
        });
        var pages = await FillAsync(server);
        Directory.CreateDirectory(folder!);

        foreach (var (name, scheme, width, height) in Views)
        {
            var page = await browser.OpenAsync(server.Address, new() { ColorScheme = scheme, ViewportSize = new() { Width = width, Height = height }, Locale = "en-GB" });
            foreach (var (file, path) in pages)
            {
                await page.GotoAsync(path);
                await page.WaitForFunctionAsync("() => (document.getElementById('live')?.dataset.state ?? 'on') === 'on'");
                await page.ScreenshotAsync(new() { Path = Path.Combine(folder!, $"{file}-{name}.png"), FullPage = true });
            }
        }
    }

    private static async Task<IReadOnlyList<(string File, string Path)>> FillAsync(TestServer server)
    {
        var launcher = server.Services.GetRequiredService<JobLauncher>();
        for (var day = 1; day <= 9; day++)
            await EndAsync(launcher, "import-products", day, ("rows", (4_000 + (day * 211 % 900)).ToString(CultureInfo.InvariantCulture)));
        var priced = await EndAsync(launcher, "price-orders", day: 1);
        var failed = await EndAsync(launcher, "sync-calendars", day: 1);
        var running = await LaunchAsync(launcher, "nightly-report", day: 1);
        await LaunchAsync(launcher, "import-products", day: 10, ("rows", "60000"));
        return
        [
            ("overview", "/"), ("jobs", "/jobs"), ("job", "/jobs/import-products"), ("executions", "/executions"), ("running", $"/executions/{running}"), ("failed", $"/executions/{failed}"),
            ("partitions", $"/executions/{priced}"), ("step", $"/executions/{priced}/steps/price"), ("dead-letters", "/dead-letters"), ("dead-letter", "/dead-letters/1"), ("schedules", "/schedules"),
            ("schedule", "/schedules/nightly-import"), ("outbox", "/outbox"), ("nodes", "/nodes"), ("audit", "/audit"), ("sign-in", "/sign-in"),
        ];
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
        parameters["date"] = new DateOnly(2026, 11, day).ToString("O", CultureInfo.InvariantCulture);
        return parameters;
    }
}
