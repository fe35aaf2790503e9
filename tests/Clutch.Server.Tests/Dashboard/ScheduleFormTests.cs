using Clutch.Scheduling;
using Clutch.Server.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Clutch.Server.Tests.Dashboard;

/// <summary>What the form of a schedule makes of one, in a real browser.</summary>
public sealed class ScheduleFormTests(Browser browser) : IClassFixture<Browser>
{
    [SkippableFact]
    public async Task An_edit_changes_what_was_edited_and_keeps_all_the_rest()
    {
        var schedules = new NoSchedules();
        schedules.Set(ScheduleOf(Whole));
        await using var server = await StartAsync(schedules);
        var page = await browser.VisitAsync(server, "/schedules/nightly");

        await page.GetByRole(AriaRole.Button, new() { Name = "Edit" }).ClickAsync();
        var form = page.Locator("#edit-schedule form");
        await form.GetByLabel("Cron expression").FillAsync("0 4 * * *");
        await form.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(page.Locator("#edit-schedule[open]")).ToHaveCountAsync(0);

        var edited = await schedules.FindAsync("nightly", CancellationToken.None);
        Assert.Equal(Whole with { Trigger = new ScheduleTrigger.Cron("0 4 * * *") }, edited!.Definition);
    }

    [SkippableFact]
    public async Task Parameters_that_nobody_edits_are_kept_to_the_letter()
    {
        var schedules = new NoSchedules();
        var odd = new Dictionary<string, string>(StringComparer.Ordinal) { ["separator"] = " ; ", ["query"] = "select 1\n\nfrom stock" };
        schedules.Set(ScheduleOf(Whole with { Parameters = odd }));
        await using var server = await StartAsync(schedules);
        var page = await browser.VisitAsync(server, "/schedules/nightly");

        await page.GetByRole(AriaRole.Button, new() { Name = "Edit" }).ClickAsync();
        var form = page.Locator("#edit-schedule form");
        await form.GetByLabel("What it is for").FillAsync("the night's export");
        await form.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(page.Locator("#edit-schedule[open]")).ToHaveCountAsync(0);

        var edited = await schedules.FindAsync("nightly", CancellationToken.None);
        Assert.Equal(("the night's export", 2L), (edited!.Definition.Description, (long)edited.Revision));
        Assert.Equal(odd.OrderBy(parameter => parameter.Key), edited.Definition.Parameters.OrderBy(parameter => parameter.Key));
    }

    [SkippableFact]
    public async Task A_line_that_is_no_parameter_is_told_at_its_field_and_nothing_is_saved()
    {
        var schedules = new NoSchedules();
        schedules.Set(ScheduleOf(Whole));
        await using var server = await StartAsync(schedules);
        var page = await browser.VisitAsync(server, "/schedules/nightly");

        await page.GetByRole(AriaRole.Button, new() { Name = "Edit" }).ClickAsync();
        var form = page.Locator("#edit-schedule form");
        await form.GetByLabel("Parameters").FillAsync("n=1\nmode: full");
        await form.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();

        await Expect(form.Locator(".field", new() { HasText = "Parameters" }).Locator(".fault")).ToContainTextAsync("'mode: full' is no name=value.");
        Assert.Equal(1, (await schedules.FindAsync("nightly", CancellationToken.None))!.Revision);
    }

    private static ScheduleDefinition Whole { get; } = new()
    {
        Name = "nightly",
        JobName = "skipping",
        Trigger = new ScheduleTrigger.Cron("30 2 * * *"),
        Parameters = new Dictionary<string, string>(StringComparer.Ordinal) { ["n"] = "{scheduled:yyyy}", ["path"] = "a=b" },
        TimeZone = "Europe/Berlin",
        Misfire = MisfireRule.RunAll,
        MisfireThreshold = TimeSpan.FromSeconds(90.5),
        Overlap = OverlapRule.Wait,
        Identity = FiringIdentity.Parameters,
        Spread = TimeSpan.FromMinutes(10),
        Jitter = TimeSpan.FromSeconds(7),
        StartsAt = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
        EndsAt = new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero),
        NodeLabel = "large",
        Description = "the night's \"import\"",
    };

    private static Schedule ScheduleOf(ScheduleDefinition definition) => new()
    {
        Definition = definition,
        Origin = ScheduleOrigin.Created,
        State = ScheduleState.Active,
        InWords = "in words",
        Next = [],
        Revision = 1,
        Changes = [],
    };

    private static Task<TestServer> StartAsync(NoSchedules schedules) =>
        TestServer.StartAsync(StoreKind.Sqlite, OpenDashboard.Settings with { Services = services => services.AddSingleton<ISchedules>(schedules) });
}
