using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Clutch.Client.Wire;
using Clutch.Scheduling;
using Clutch.Scheduling.Times;
using Clutch.Server.Tests.Fixtures;
using Clutch.Server.Texts;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Server.Tests.Dashboard;

/// <summary>Schedules are said in the reader's language; the API says them in English.</summary>
public sealed partial class ScheduleWordsTests
{
    private static readonly DateTimeOffset BeforeTheGap = DateTimeOffset.Parse("2027-03-27T12:00Z", CultureInfo.InvariantCulture);

    // One of each kind, and the first is touched by the change of the clock.
    private static readonly string[] Crons =
    [
        "30 2 * * *", "30 2 * * 1-5", "0 8 * * MON,WED", "15 0 8 * * ?", "*/15 * * * *", "* * * * *", "5 * * * *", "7 */3 * * *", "0 6 1 * *", "0 0 6 L * ?", "*/10 * * * * ?", "0 6 13 * 5",
    ];

    private static readonly double[] Seconds = [1, 90, 60, 300, 3_600, 7_200, 86_400, 172_800];

    private static IEnumerable<ScheduleTrigger> Triggers =>
        [.. Crons.Select(cron => new ScheduleTrigger.Cron(cron)), .. Seconds.Select(seconds => new ScheduleTrigger.Every(TimeSpan.FromSeconds(seconds)))];

    [Theory]
    [InlineData("30 2 * * *", "매일 02:30 (Europe/Berlin)")]
    [InlineData("30 2 * * 1-5", "월요일~금요일 02:30 (Europe/Berlin)")]
    [InlineData("0 8 * * MON,WED", "월요일, 수요일 08:00 (Europe/Berlin)")]
    [InlineData("*/15 * * * *", "15분마다 (Europe/Berlin)")]
    [InlineData("* * * * *", "매분 (Europe/Berlin)")]
    [InlineData("5 * * * *", "매시 5분 (Europe/Berlin)")]
    [InlineData("7 */3 * * *", "3시간마다 7분 (Europe/Berlin)")]
    [InlineData("0 6 1 * *", "매월 1일 06:00 (Europe/Berlin)")]
    [InlineData("0 0 6 L * ?", "매월 마지막 날 06:00 (Europe/Berlin)")]
    [InlineData("0 6 13 * 5", "'0 6 13 * 5'에 맞는 시각 (Europe/Berlin)")]
    public void A_cron_expression_is_said_in_Korean(string expression, string words) => Assert.Equal(words, TextBook.All["ko"].InWords(Stored(1, new ScheduleTrigger.Cron(expression))));

    [Theory]
    [InlineData(1, "매초")]
    [InlineData(90, "90초마다")]
    [InlineData(3_600, "매시간")]
    [InlineData(172_800, "2일마다")]
    public void An_interval_is_said_in_Korean(double seconds, string words) => Assert.Equal(words, TextBook.All["ko"].InWords(Stored(1, new ScheduleTrigger.Every(TimeSpan.FromSeconds(seconds)))));

    [Fact]
    public void The_dashboard_s_English_is_that_of_the_API() => Assert.All(Triggers.Select(trigger => Stored(1, trigger)), schedule =>
    {
        Assert.Equal(schedule.InWords, TextBook.English.InWords(schedule));
        Assert.All(schedule.Next, firing => Assert.Equal(firing.Note, TextBook.English.NoteOn(firing)));
    });

    [Fact]
    public async Task No_English_word_for_a_schedule_is_on_a_Korean_page()
    {
        await using var server = await StartAsync();
        server.Anonymous.DefaultRequestHeaders.AcceptLanguage.Add(new("ko"));

        foreach (var path in (string[])["/", "/jobs/import", "/schedules", .. Enumerable.Range(1, Triggers.Count()).Select(number => $"/schedules/s{number}")])
        {
            var shown = Shown(await server.Anonymous.GetStringAsync(new Uri(path, UriKind.Relative)));
            Assert.Equal((path, string.Empty), (path, string.Join(' ', ScheduleWord().Matches(shown).Select(match => match.Value))));
        }

        var first = Shown(await server.Anonymous.GetStringAsync(new Uri("/schedules/s1", UriKind.Relative)));
        Assert.Contains("매일 02:30 (Europe/Berlin)", first, StringComparison.Ordinal);
        Assert.Contains("2027-03-28에는 시계가 02:00에서 03:00(으)로 넘어가 02:30이(가) 없으므로 03:00에 실행됩니다.", first, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_API_says_schedules_in_English_whatever_the_reader_accepts()
    {
        await using var server = await StartAsync();
        server.Anonymous.DefaultRequestHeaders.AcceptLanguage.Add(new("ko"));

        var schedule = await server.Anonymous.GetAsync("/api/v1/schedules/s1", WireJson.Default.ScheduleView);

        Assert.Equal("at 02:30 every day (Europe/Berlin)", schedule.InWords);
        Assert.StartsWith("On 2027-03-28 the clock goes", schedule.Next[0].Note, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "in words")]
    [InlineData("?language=ko", "'0 2 * * *'에 맞는 시각 (UTC)")]
    [InlineData("?language=en", "at the times of '0 2 * * *' (UTC)")]
    [InlineData("?language=xx", "at the times of '0 2 * * *' (UTC)")]
    public async Task A_preview_is_said_in_the_language_that_is_asked_for(string query, string words)
    {
        await using var server = await StartAsync();

        using var answer = await server.Anonymous.PostAsync($"/api/v1/schedules/preview{query}", """{"name":"new","job":"import","cron":"0 2 * * *"}""");

        Assert.Equal(words, (await answer.ReadAsync(WireJson.Default.SchedulePreviewView)).InWords);
    }

    private static Task<TestServer> StartAsync()
    {
        var schedules = new NoSchedules();
        foreach (var (index, trigger) in Triggers.Index())
            schedules.Set(Stored(index + 1, trigger));
        return TestServer.StartAsync(StoreKind.Sqlite, new()
        {
            HasKeys = false,
            HasTestJobs = false,
            Clutch = clutch => clutch.AddJob("import", job => job.Step("load", (_, _) => Task.CompletedTask)),
            Services = services => services.AddSingleton<ISchedules>(schedules),
        });
    }

    private static Schedule Stored(int number, ScheduleTrigger trigger)
    {
        var definition = new ScheduleDefinition { Name = $"s{number}", JobName = "import", Trigger = trigger, TimeZone = "Europe/Berlin" };
        return new()
        {
            Definition = definition,
            Origin = ScheduleOrigin.Created,
            State = ScheduleState.Active,
            InWords = TriggerWords.Of(definition),
            Rhythm = Rhythms.Of(trigger),
            Next = SchedulePreviews.Firings(definition, 5, BeforeTheGap),
            Revision = 2,
            Changes = [.. ((string[])["deployed", "run", "paused", "resumed", "edited", "reverted", "created"]).Select(action => new ScheduleChange(BeforeTheGap, "anna", action, Details: null))],
        };
    }

    private static string Shown(string html) => WebUtility.HtmlDecode(Markup().Replace(html, " "));

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Markup();

    [GeneratedRegex(@"\b(at|on|of|every|the|times?|last|days?|hours?|minutes?|seconds?|month|to|\w+day|clock|exist|twice|runs?|created|edited|paused|resumed|reverted|deployed|active)\b", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture)]
    private static partial Regex ScheduleWord();
}
