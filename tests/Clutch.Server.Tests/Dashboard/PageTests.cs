using System.Net;
using System.Text.RegularExpressions;
using Clutch.Scheduling;
using Clutch.Server.Tests.Fixtures;
using Clutch.Server.Tests.Schedules;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Clutch.Server.Tests.Dashboard;

/// <summary>What stands on pages, and what is answered where no page can be shown.</summary>
public sealed partial class PageTests
{
    private const int PageFailed = 6050;

    [SkippableTheory]
    [InlineData("/executions?job=%00")]
    [InlineData("/dead-letters?job=%00")]
    [InlineData("/dead-letters?step=a%00b")]
    [InlineData("/alerts?test=%00")]
    public async Task What_no_database_can_keep_is_not_found(string path)
    {
        var logged = new LoggedEvents();
        await using var server = await TestServer.StartAsync(StoreKind.PostgreSql, OpenDashboard.Settings with { Services = services => services.AddSingleton<ILoggerProvider>(logged) });
        await server.Anonymous.EndAsync((await server.Anonymous.LaunchAsync("quick", """{"date":"2026-11-24"}""")).Id);

        Assert.Contains("Not found", await TextAsync(server, path, HttpStatusCode.NotFound), StringComparison.Ordinal);
        Assert.NotEmpty(logged.Ids);
        Assert.DoesNotContain(PageFailed, logged.Ids);
    }

    [Theory]
    [InlineData("/executions?before=x")]
    [InlineData("/executions?instance=99999999999999999999")]
    [InlineData("/dead-letters?execution=x")]
    [InlineData("/audit?before=1.5")]
    public async Task A_number_that_is_none_is_answered_with_a_page(string path)
    {
        await using var server = await OpenDashboard.StartAsync();

        Assert.Contains("Not found", await TextAsync(server, path, HttpStatusCode.NotFound), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_that_cannot_be_drawn_says_so()
    {
        var logged = new LoggedEvents();
        var schedules = new NoSchedules();
        schedules.Set(Nightly);
        schedules.Firings.Add(new() { ScheduleName = "nightly", ScheduledAt = DateTimeOffset.UnixEpoch, FiredAt = DateTimeOffset.UnixEpoch, Node = "a", Result = (FiringResult)99 });
        await using var server = await TestServer.StartAsync(StoreKind.Sqlite, OpenDashboard.Settings with
        {
            Services = services => services.AddSingleton<ISchedules>(schedules).AddSingleton<ILoggerProvider>(logged),
        });

        var page = await TextAsync(server, "/schedules/nightly", HttpStatusCode.InternalServerError);

        Assert.Contains("This page could not be made", page, StringComparison.Ordinal);
        Assert.Contains("href=\"/schedules/nightly\"", page, StringComparison.Ordinal);
        Assert.Contains(PageFailed, logged.Ids);
    }

    [Fact]
    public async Task Letters_of_an_execution_that_is_not_there_are_not_found()
    {
        await using var server = await OpenDashboard.StartAsync();
        var left = await server.Anonymous.LaunchAsync("skipping");
        await server.Anonymous.EndAsync(left.Id);

        Assert.Contains("is round", await TextAsync(server, $"/dead-letters?execution={left.Id}&step=load"), StringComparison.Ordinal);
        Assert.DoesNotContain("is round", await TextAsync(server, $"/dead-letters?execution={left.Id + 1}&step=load", HttpStatusCode.NotFound), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_filter_of_executions_keeps_what_it_does_not_offer()
    {
        await using var server = await OpenDashboard.StartAsync();

        var page = await TextAsync(server, "/executions?job=a%2Fb%2Fredrive&instance=7");

        Assert.Matches("<option value=\"a/b/redrive\" selected", page);
        Assert.Contains("<input type=\"hidden\" name=\"instance\" value=\"7\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain("name=\"instance\"", await TextAsync(server, "/executions"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_last_page_of_a_list_leads_back_to_the_first()
    {
        await using var server = await OpenDashboard.StartAsync();
        foreach (var n in (int[])[1, 2])
            await server.Anonymous.EndAsync((await server.Anonymous.LaunchAsync("failing", $$"""{"n":"{{n}}"}""")).Id);

        Assert.Contains(">First page<", await TextAsync(server, "/executions?status=Failed&before=2"), StringComparison.Ordinal);
        Assert.DoesNotContain(">First page<", await TextAsync(server, "/executions?status=Failed"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Kinds_of_failures_and_ends_are_told_in_the_reader_s_language()
    {
        var shop = new ShopOutbox();
        await using var server = await TestServer.StartAsync(StoreKind.Sqlite, OpenDashboard.Settings with { Services = shop.AddTo });
        await shop.EnqueueAsync(server, 10);
        server.Anonymous.DefaultRequestHeaders.AcceptLanguage.ParseAdd("ko");

        var page = await Poll.UntilAsync(() => TextAsync(server, "/outbox"), page => page.Contains("urn:shop:price-negative", StringComparison.Ordinal));

        Assert.Contains("영구 거부", page, StringComparison.Ordinal);
        Assert.DoesNotContain(">Permanent<", page, StringComparison.Ordinal);
        Assert.Contains("완료", Regex.Unescape(EndTexts().Match(page).Groups[1].Value), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/nodes")]
    [InlineData("/alerts")]
    [InlineData("/outbox")]
    public async Task What_no_event_tells_of_is_looked_at_again(string path)
    {
        await using var server = await TestServer.StartAsync(StoreKind.Sqlite, OpenDashboard.Settings with { Services = new ShopOutbox().AddTo });

        Assert.Contains(" data-poll", await TextAsync(server, path), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_execution_that_is_to_be_restarted_is_looked_at_again()
    {
        await using var server = await TestServer.StartAsync(StoreKind.Sqlite, OpenDashboard.Settings with
        {
            Clutch = clutch => clutch.AddJob("stubborn", job => job.RestartAutomatically().Step("load", (_, _) => throw new InvalidDataException("The file is torn."))),
        });
        var stubborn = await server.Anonymous.LaunchAsync("stubborn");
        var failing = await server.Anonymous.LaunchAsync("failing");
        await server.Anonymous.EndAsync(stubborn.Id);
        await server.Anonymous.EndAsync(failing.Id);

        Assert.Contains(" data-poll", await TextAsync(server, $"/executions/{stubborn.Id}"), StringComparison.Ordinal);
        Assert.DoesNotContain(" data-poll", await TextAsync(server, $"/executions/{failing.Id}"), StringComparison.Ordinal);
    }

    private static Schedule Nightly { get; } = new()
    {
        Definition = new() { Name = "nightly", JobName = "skipping", Trigger = new ScheduleTrigger.Cron("30 2 * * *") },
        Origin = ScheduleOrigin.Created,
        State = ScheduleState.Active,
        InWords = "in words",
        Next = [],
        Revision = 1,
        Changes = [],
    };

    private static async Task<string> TextAsync(TestServer server, string path, HttpStatusCode status = HttpStatusCode.OK)
    {
        using var answer = await server.Anonymous.GetAsync(new Uri(path, UriKind.Relative));
        var text = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
        Assert.True(answer.StatusCode == status, $"{path}: {(int)answer.StatusCode} instead of {(int)status}: {text}");
        Assert.Equal("text/html", answer.Content.Headers.ContentType?.MediaType);
        return text;
    }

    [GeneratedRegex("data-ends=\"(\\{.*?\\})\"")]
    private static partial Regex EndTexts();
}
