using Clutch.Server.Tests.Fixtures;
using Microsoft.Playwright;

namespace Clutch.Server.Tests.Dashboard;

/// <summary>The distribution's Chromium, started once for the tests of a class.</summary>
public sealed class Browser : IAsyncLifetime
{
    private const string Program = "/usr/bin/chromium";
    private const string Absence = "No Chromium: install the package 'chromium'.";

    // Without them a browser on a closed network looks for its maker at every start.
    private static readonly string[] Quiet =
        ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async Task InitializeAsync()
    {
        if (!File.Exists(Program))
            return;
        // A busy machine takes its time; what is right comes to be right.
        Assertions.SetDefaultExpectTimeout(120_000);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = Program, Args = Quiet });
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
    }

    /// <summary>A page in a browser profile of its own; whatever its script logs as an error fails the test that asks for it.</summary>
    public async Task<IPage> OpenAsync(Uri address, BrowserNewContextOptions? options = null)
    {
        if (_browser is null && Environment.GetEnvironmentVariable("CI") is "true")
            Assert.Fail(Absence);
        Skip.If(_browser is null, Absence);
        options ??= new();
        options.BaseURL = address.ToString();
        var context = await _browser!.NewContextAsync(options);
        var page = await context.NewPageAsync();
        page.SetDefaultTimeout(120_000);
        return page;
    }

    /// <summary>The same, with the page of that path already shown.</summary>
    public async Task<IPage> VisitAsync(TestServer server, string path)
    {
        var page = await OpenAsync(server.Address);
        await page.GotoAsync(path);
        return page;
    }
}
