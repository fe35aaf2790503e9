using Clutch.Server.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Server.Tests.Dashboard;

/// <summary>Names, parameters, errors and payloads are data: in no page do they become markup or script.</summary>
public sealed class HostileTextTests(Browser browser) : IClassFixture<Browser>
{
    private const string Hostile = "\"><img src=x onerror=\"window.isHurt=true\"><script>window.isHurt=true</script><svg/onload=window.isHurt=true>'--></textarea></style>";

    [SkippableFact]
    public async Task Hostile_text_is_shown_as_text_on_every_page()
    {
        await using var server = await TestServer.StartAsync(StoreKind.Sqlite, new()
        {
            HasKeys = false,
            Clutch = clutch => clutch.AddJob("hostile", job => job
                .Describe(Hostile)
                .Parameter<string>("text", parameter => parameter.Describe(Hostile))
                .Step("load", step => step
                    .ReadFrom(["a", Hostile])
                    .ItemType(HostileJson.Default.String)
                    .Process(text => text == Hostile ? throw new FormatException(Hostile) : text)
                    .WriteChunk((_, _, _) => ValueTask.CompletedTask)
                    .Skip<FormatException>(limit: 5))
                .Step("fail", (_, _) => throw new InvalidDataException(Hostile))),
        });
        var launch = await server.Services.GetRequiredService<Launching.JobLauncher>().LaunchAsync("hostile", new Dictionary<string, string> { ["text"] = Hostile });
        await launch.Run!.Completion;
        var letter = (await server.Services.GetRequiredService<Repository.IJobRepository>().ListDeadLettersAsync(new(), CancellationToken.None))[0].Id;
        var page = await browser.OpenAsync(server.Address);
        var shownCount = 0;

        foreach (var path in new[] { "/", "/jobs", "/jobs/hostile", "/executions", $"/executions/{launch.Run.Execution.Id}", "/dead-letters", $"/dead-letters/{letter}", "/audit" })
        {
            await page.GotoAsync(path);
            shownCount += await page.GetByText("onerror=").CountAsync();
            Assert.False(await page.EvaluateAsync<bool>("window.isHurt === true"), $"Script of the text ran on '{path}'.");
            Assert.Equal(0, await page.Locator("img").CountAsync());
        }

        Assert.True(shownCount >= 6, "The text is hardly shown: the test looks at the wrong pages.");
    }

    [SkippableFact]
    public async Task The_content_policy_allows_no_inline_script_and_no_page_needs_one()
    {
        await using var server = await TestServer.StartAsync(StoreKind.Sqlite, new() { HasKeys = false });
        var page = await browser.OpenAsync(server.Address);
        var complaints = new List<string>();
        page.Console += (_, message) =>
        {
            if (message.Type is "error")
                complaints.Add(message.Text);
        };

        foreach (var path in new[] { "/", "/jobs", "/jobs/quick", "/executions", "/dead-letters", "/schedules", "/outbox", "/nodes", "/audit", "/sign-in" })
        {
            var answer = await page.GotoAsync(path);
            var policy = (await answer!.AllHeadersAsync())["content-security-policy"];
            Assert.Contains("script-src 'self'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe-inline", policy, StringComparison.Ordinal);
        }

        Assert.Empty(complaints);
    }
}
