using Apps.Tests.CalendarSync.Security;
using CalendarSync.Feeds;
using CalendarSync.Subscriptions;
using Microsoft.Extensions.DependencyInjection;

namespace Apps.Tests.CalendarSync.Batch;

/// <summary>What people are told who subscribe: the same as the import would tell them.</summary>
public sealed class FirstLookTests
{
    [Fact]
    public async Task What_cannot_be_read_is_told_as_the_import_tells_it()
    {
        var tooDeep = $"BEGIN:VCALENDAR\r\n{string.Concat(Enumerable.Repeat("BEGIN:X-BOX\r\n", 100))}{string.Concat(Enumerable.Repeat("END:X-BOX\r\n", 100))}END:VCALENDAR\r\n";
        await using var server = new RawServer(head => head.Split(' ')[1] switch
        {
            "/deep" => RawServer.Ok(tooDeep),
            "/half" => RawServer.Ok("BEGIN:VCALENDAR\r\n"),
            "/page" => RawServer.Ok("<html>Sign in, please</html>"),
            _ => RawServer.Ok("\u0011garbage", "Content-Encoding: br\r\n"),
        });
        await using var world = await BatchWorld.StartAsync("sqlite", feeds: 1);

        Assert.Equal(WordsFor(SyncOutcome.TooLarge), await ProblemOfAsync("deep"));
        Assert.Equal(WordsFor(SyncOutcome.Rejected), await ProblemOfAsync("half"));
        Assert.Equal(WordsFor(SyncOutcome.WebPage), await ProblemOfAsync("page"));
        Assert.Equal(WordsFor(SyncOutcome.Broken), await ProblemOfAsync("packed"));

        async Task<string?> ProblemOfAsync(string path) =>
            (await world.Services.GetRequiredService<IFirstLook>().LookAsync(new($"http://127.0.0.1:{server.Port}/{path}"), CancellationToken.None)).Problem;
    }

    [SkippableTheory]
    [InlineData("sqlite")]
    [InlineData("postgresql")]
    public async Task A_host_that_asked_the_import_for_a_pause_is_not_looked_at(string store)
    {
        await using var server = new RawServer(_ => RawServer.Ok("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"));
        await using var world = await BatchWorld.StartAsync(store, feeds: 1);
        await world.ExecuteAsync(
            "INSERT INTO calendar_host (host, blocked_until, updated_at) VALUES (@host, @later, @now)", ("host", $"127.0.0.1:{server.Port}"), ("later", world.Clock.GetUtcNow().AddHours(1)));

        var look = await world.Services.GetRequiredService<IFirstLook>().LookAsync(new($"http://127.0.0.1:{server.Port}/a.ics"), CancellationToken.None);

        Assert.Contains("left alone", look.Problem, StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    private static string? WordsFor(SyncOutcome outcome) => OutcomeWords.For(outcome, TimeSpan.Zero);
}
