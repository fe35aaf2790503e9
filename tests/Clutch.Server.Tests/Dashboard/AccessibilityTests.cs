using System.Globalization;
using Clutch.Server.Tests.Alerts;
using Clutch.Server.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Server.Tests.Dashboard;

/// <summary>Contrast, names, headings, focus: what WCAG 2.2 AA asks for and a program can check, on every page in both themes.</summary>
public sealed class AccessibilityTests(Browser browser) : IClassFixture<Browser>
{
    // What it finds is a list of sentences: empty is good.
    private const string Look = """
        () => {
          const faults = [];
          const name = element => (element.getAttribute('aria-label') ?? element.getAttribute('title') ?? element.textContent ?? '').trim();
          const path = element => element.outerHTML.slice(0, 120);
          for (const element of document.querySelectorAll('a[href], button, summary'))
            if (!name(element) && !element.querySelector('title')) faults.push(`no name: ${path(element)}`);
          for (const element of document.querySelectorAll('input:not([type=hidden]), select, textarea'))
            if (!element.labels?.length && !element.getAttribute('aria-label')) faults.push(`no label: ${path(element)}`);
          for (const element of document.querySelectorAll('svg:not([aria-hidden])'))
            if (!element.getAttribute('aria-label')) faults.push(`no name: ${path(element)}`);
          for (const element of document.querySelectorAll('progress'))
            if (!element.getAttribute('aria-label')) faults.push(`no name: ${path(element)}`);
          for (const element of document.querySelectorAll('th'))
            if (!element.scope) faults.push(`no scope: ${path(element)}`);
          const ids = [...document.querySelectorAll('[id]')].map(element => element.id);
          for (const id of ids.filter((id, index) => ids.indexOf(id) !== index)) faults.push(`id twice: ${id}`);
          const headings = [...document.querySelectorAll('main h1, main h2, main h3')].filter(heading => !heading.closest('dialog')).map(heading => Number(heading.tagName[1]));
          if (headings.filter(level => level === 1).length !== 1) faults.push(`headings of the first level: ${headings.filter(level => level === 1).length}`);
          headings.forEach((level, index) => { if (index > 0 && level > headings[index - 1] + 1) faults.push(`heading ${level} follows ${headings[index - 1]}`); });
          if (document.documentElement.scrollWidth > window.innerWidth) faults.push(`wider than the window: ${document.documentElement.scrollWidth} > ${window.innerWidth}`);
          if (!document.documentElement.lang) faults.push('no language');
          if (!document.title) faults.push('no title');
          return faults;
        }
        """;

    private const string Contrast = """
        () => {
          const parse = text => (text.match(/[\d.]+/g) ?? []).map(Number);
          const linear = value => { const share = value / 255; return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4; };
          const luminance = ([red, green, blue]) => 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
          const ground = element => {
            for (let at = element; at; at = at.parentElement) {
              const color = parse(getComputedStyle(at).backgroundColor);
              if (color.length && (color[3] ?? 1) > 0.99) return color;
            }
            return parse(getComputedStyle(document.documentElement).backgroundColor);
          };
          const faults = [];
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) {
            const element = walker.currentNode.parentElement;
            if (!walker.currentNode.data.trim() || !element.checkVisibility() || element.closest('svg, noscript, .hidden-text, .skip-link, :disabled')) continue;
            const style = getComputedStyle(element);
            const [light, dark] = [luminance(parse(style.color)), luminance(ground(element))].sort((a, b) => b - a);
            const ratio = (light + 0.05) / (dark + 0.05);
            const isLarge = parseFloat(style.fontSize) >= 24 || parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700;
            if (ratio < (isLarge ? 3 : 4.5)) faults.push(`${ratio.toFixed(2)}: ${walker.currentNode.data.trim().slice(0, 40)} (${style.color} on ${ground(element)})`);
          }
          return [...new Set(faults)];
        }
        """;

    public static TheoryData<string, int> Views => new() { { "light", 1_400 }, { "dark", 1_400 }, { "light", 360 }, { "dark", 360 } };

    [SkippableTheory]
    [MemberData(nameof(Views))]
    public async Task Every_page_has_names_labels_headings_and_contrast_and_fits_the_window(string theme, int width)
    {
        await using var store = await TestStore.CreateAsync(StoreKind.Sqlite);
        await using var server = await StartAsync(store);
        var pages = await FillAsync(server);
        var page = await browser.OpenAsync(server.Address, new() { ColorScheme = theme is "dark" ? Microsoft.Playwright.ColorScheme.Dark : Microsoft.Playwright.ColorScheme.Light, ViewportSize = new() { Width = width, Height = 900 } });
        var faults = new List<string>();
        var shown = new HashSet<string>(StringComparer.Ordinal);

        foreach (var path in pages)
        {
            await page.GotoAsync(path);
            faults.AddRange(await LookAsync(page, path));
            // What a button opens is a part of the page, too.
            var dialogs = await page.Locator("dialog").EvaluateAllAsync<string[]>("dialogs => dialogs.map(dialog => dialog.id)");
            foreach (var dialog in dialogs.Where(shown.Add))
            {
                await page.Locator($"[id='{dialog}']").EvaluateAsync("dialog => dialog.showModal()");
                faults.AddRange(await LookAsync(page, $"{path}, dialog {dialog}"));
                await page.Locator($"[id='{dialog}']").EvaluateAsync("dialog => dialog.close()");
            }
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [SkippableFact]
    public async Task Focus_goes_through_the_page_in_order_and_is_trapped_nowhere()
    {
        await using var server = await TestServer.StartAsync(StoreKind.Sqlite, new() { HasKeys = false });
        var page = await browser.OpenAsync(server.Address);
        await page.GotoAsync("/jobs/quick");
        var order = new List<double>();

        for (var press = 0; press < 60; press++)
        {
            await page.Keyboard.PressAsync("Tab");
            var place = await page.EvaluateAsync<double>(
                "() => document.activeElement === document.body ? -1 : [...document.querySelectorAll('*')].indexOf(document.activeElement)");
            if (place < 0)
                break;
            order.Add(place);
        }

        Assert.InRange(order.Count, 10, 59);
        Assert.Equal(order.Order(), order);
    }

    [SkippableFact]
    public async Task A_dialog_keeps_the_focus_within_and_gives_it_back()
    {
        await using var server = await TestServer.StartAsync(StoreKind.Sqlite, new() { HasKeys = false });
        var page = await browser.OpenAsync(server.Address);
        await page.GotoAsync("/jobs/quick");
        await page.Locator("[data-dialog=launch]").FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.Locator("#launch[open]").WaitForAsync();

        for (var press = 0; press < 20; press++)
        {
            await page.Keyboard.PressAsync("Tab");
            // Past its end the focus leaves for the browser's own controls, which a page sees as its body.
            Assert.True(await page.EvaluateAsync<bool>("() => document.activeElement === document.body || document.activeElement.closest('#launch') !== null"));
        }

        await page.Keyboard.PressAsync("Escape");
        Assert.Equal("launch", await page.EvaluateAsync<string>("() => document.activeElement.dataset.dialog"));
    }

    [SkippableFact]
    public async Task Who_wants_no_motion_gets_none()
    {
        await using var server = await TestServer.StartAsync(StoreKind.Sqlite, new() { HasKeys = false });
        var page = await browser.OpenAsync(server.Address, new() { ReducedMotion = Microsoft.Playwright.ReducedMotion.Reduce });
        await page.GotoAsync("/");

        var moving = await page.EvaluateAsync<string[]>(
            """
            () => [...document.querySelectorAll('*')].filter(element => { const style = getComputedStyle(element); return style.animationName !== 'none' || Number.parseFloat(style.transitionDuration) > 0; })
              .map(element => element.tagName)
            """);

        Assert.Empty(moving);
    }

    [Fact]
    public void Each_status_has_a_shape_of_its_own_besides_its_colour()
    {
        var shapes = Enum.GetValues<Client.Wire.ExecutionStatus>().Select(Server.Dashboard.Layout.StatusLook.Path).ToList();

        Assert.Equal(shapes.Count, shapes.Distinct(StringComparer.Ordinal).Count());
    }

    private static async Task<IEnumerable<string>> LookAsync(Microsoft.Playwright.IPage page, string what)
    {
        var faults = new List<string>();
        foreach (var script in new[] { Look, Contrast })
            faults.AddRange((await page.EvaluateAsync<string[]>(script)).Select(fault => $"{what}: {fault}"));
        return faults;
    }

    private static async Task<TestServer> StartAsync(TestStore store)
    {
        var shop = new ShopOutbox();
        var server = await TestServer.StartAsync(store, new()
        {
            HasKeys = false,
            Options = options => options.Alerts.Interval = TimeSpan.FromMinutes(10),
            Clutch = clutch => clutch.AddSchedule("nightly", "quick", schedule => schedule.Cron("30 2 1 1 *", "Europe/Berlin").Parameter("date", "{scheduled:yyyy-MM-dd}")),
            Services = services =>
            {
                shop.AddTo(services);
                services.AddClutchSchedules(schedules => schedules.UseSqlite(store.ConnectionString.Replace("clutch.db", "quartz.db", StringComparison.Ordinal)));
            },
        });
        await shop.EnqueueAsync(server, 30);
        return server;
    }

    private static async Task<IReadOnlyList<string>> FillAsync(TestServer server)
    {
        var launcher = server.Services.GetRequiredService<Launching.JobLauncher>();
        var executions = new List<string>();
        foreach (var job in new[] { "failing", "skipping", "parts" })
        {
            var launch = await launcher.LaunchAsync(job, new Dictionary<string, string>());
            var ended = await launch.Run!.Completion;
            executions.Add(ended.Id.Value.ToString(CultureInfo.InvariantCulture));
        }

        var waiting = await launcher.LaunchAsync("waiting", new Dictionary<string, string>());
        executions.Add(waiting.Run!.Execution.Id.Value.ToString(CultureInfo.InvariantCulture));
        await server.LookAsync();
        var alert = (await server.Anonymous.AlertsAsync())[0].Id.ToString(CultureInfo.InvariantCulture);
        return
        [
            "/", "/jobs", "/jobs/quick", "/jobs/failing", "/executions", "/executions?status=Stopped", .. executions.Select(id => $"/executions/{id}"), $"/executions/{executions[2]}/steps/load",
            "/dead-letters", "/dead-letters/1", "/dead-letters?job=skipping&step=load", "/schedules", "/schedules/nightly", "/outbox", "/nodes", "/alerts", "/alerts?state=Resolved", $"/alerts/{alert}", "/audit", "/sign-in", "/executions/999999",
            $"/executions/{executions[2]}/steps/load?status=Failed",
        ];
    }
}
