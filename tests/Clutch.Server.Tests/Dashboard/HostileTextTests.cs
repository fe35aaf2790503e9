using System.Text.Json;
using Clutch.Outbox;
using Clutch.Outbox.Administration;
using Clutch.Outbox.Operations;
using Clutch.Outbox.Submitting;
using Clutch.Relational;
using Clutch.Scheduling;
using Clutch.Server.Tests.Alerts;
using Clutch.Server.Tests.Fixtures;
using Clutch.Server.Tests.Schedules;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Server.Tests.Dashboard;

/// <summary>Names, parameters, errors and payloads are data: in no page do they become markup or script.</summary>
public sealed class HostileTextTests(Browser browser) : IClassFixture<Browser>
{
    private const string Hostile = "\"><img src=x onerror=\"window.isHurt=true\"><script>window.isHurt=true</script><svg/onload=window.isHurt=true>'--></textarea></style>";

    [SkippableFact]
    public async Task Hostile_text_is_shown_as_text_on_every_page()
    {
        var schedules = new NoSchedules();
        schedules.Set(HostileSchedule());
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
            Options = options => options.Alerts.Interval = TimeSpan.FromMinutes(10),
            Services = services => services.AddSingleton<ISchedules>(schedules).AddClutchOutbox(outbox => outbox.AddChannel("shop", _ => new HostileShop()).RunInBackground()),
        });
        var launch = await server.Services.GetRequiredService<Launching.JobLauncher>().LaunchAsync("hostile", new Dictionary<string, string> { ["text"] = Hostile });
        await launch.Run!.Completion;
        var letter = (await server.Services.GetRequiredService<Repository.IJobRepository>().ListDeadLettersAsync(new(), CancellationToken.None))[0].Id;
        await EnqueueAsync(server);
        await server.LookAsync();
        var alert = (await server.Anonymous.AlertsAsync()).First(found => found.What.Contains("onerror=", StringComparison.Ordinal)).Id;
        using (var stop = await server.Anonymous.PostAsync($"/api/v1/executions/{launch.Run.Execution.Id}/stop", JsonSerializer.Serialize(new() { ["reason"] = Hostile }, HostileJson.Default.DictionaryStringString)))
            Assert.False(stop.IsSuccessStatusCode);
        var page = await browser.OpenAsync(server.Address);
        var query = Uri.EscapeDataString(Hostile);

        // What data shows, and what only the address says.
        foreach (var path in new[]
        {
            "/", "/jobs", "/jobs/hostile", "/executions", $"/executions/{launch.Run.Execution.Id}", $"/executions/{launch.Run.Execution.Id}/steps/fail", "/dead-letters", $"/dead-letters/{letter}", "/schedules",
            "/schedules/hostile", "/outbox", "/alerts", $"/alerts/{alert}", "/audit",
        })
        {
            await page.GotoAsync(path);
            Assert.True(await page.GetByText("onerror=").CountAsync() > 0 || await page.Locator("[title*='onerror=']").CountAsync() > 0, $"The text is not shown on '{path}': the test looks at the wrong page.");
            await AssertUnhurtAsync(page, path);
        }

        foreach (var path in new[]
        {
            $"/executions?job={query}", $"/executions?status={query}", $"/dead-letters?job={query}&step={query}", $"/jobs/{query}", $"/schedules/{query}", $"/alerts?test={query}",
            $"/executions/{launch.Run.Execution.Id}/steps/load?status={query}", $"/sign-in?back={query}", "/sign-in?back=javascript:window.isHurt=true",
        })
        {
            await page.GotoAsync(path);
            await AssertUnhurtAsync(page, path);
        }
    }

    private static async Task AssertUnhurtAsync(Microsoft.Playwright.IPage page, string path)
    {
        Assert.False(await page.EvaluateAsync<bool>("window.isHurt === true"), $"Script of the text ran on '{path}'.");
        Assert.Equal(0, await page.Locator("img, svg[onload], a[href^='javascript:']").CountAsync());
    }

    private static Schedule HostileSchedule() => new()
    {
        Definition = new()
        {
            Name = "hostile",
            JobName = "hostile",
            Trigger = new ScheduleTrigger.Cron("0 2 * * *"),
            Parameters = new Dictionary<string, string>(StringComparer.Ordinal) { ["text"] = Hostile },
        },
        Origin = ScheduleOrigin.Created,
        State = ScheduleState.Paused,
        Pause = new(Hostile, Hostile, DateTimeOffset.UnixEpoch),
        InWords = Hostile,
        Next = [new(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, Hostile)],
        Revision = 1,
        Changes = [new(DateTimeOffset.UnixEpoch, Hostile, Hostile, Hostile)],
    };

    private static async Task EnqueueAsync(TestServer server)
    {
        await using var session = await server.Services.GetRequiredService<RelationalDatabase>().OpenSessionAsync(CancellationToken.None);
        await session.BeginAsync(CancellationToken.None);
        var message = new OutboxMessage { Channel = "shop", Key = "one", Version = 1, Type = "price", Body = "{}"u8.ToArray() };
        await server.Services.GetRequiredService<IOutbox>().EnqueueAsync(session, new[] { message }, CancellationToken.None);
        await session.CommitAsync(CancellationToken.None);
        var admin = server.Services.GetRequiredService<IOutboxAdmin>();
        await Poll.UntilAsync(async () => await admin.ListFailuresAsync("shop", CancellationToken.None), failures => failures.Count > 0);
    }

    private sealed class HostileShop : ISubmitter
    {
        public ValueTask<SubmitResult> SubmitAsync(Submission submission, CancellationToken cancellationToken) => ValueTask.FromResult<SubmitResult>(
            new SubmitResult.Completed([.. submission.Items.Select(item => new ItemResult(item.ItemId, ItemOutcome.Failed) { Problem = new(Hostile, Hostile, Hostile) })]));
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

        foreach (var path in new[] { "/", "/jobs", "/jobs/quick", "/executions", "/dead-letters", "/schedules", "/outbox", "/nodes", "/alerts", "/audit", "/sign-in" })
        {
            var answer = await page.GotoAsync(path);
            var policy = (await answer!.AllHeadersAsync())["content-security-policy"];
            Assert.Contains("script-src 'self'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe-inline", policy, StringComparison.Ordinal);
        }

        Assert.Empty(complaints);
    }
}
