using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;

namespace Apps.Tests.Simulators;

/// <summary>The provider of calendars answers as providers do, the good and the bad ones, and tells the truth to compare with.</summary>
public sealed partial class CalendarTests
{
    [Fact]
    public async Task A_feed_holds_what_its_truth_says()
    {
        await using var provider = await SimulatorProcess.StartAsync("calendars", "--feeds", "3", "--events", "20");

        var text = await provider.Client.GetStringAsync("calendars/feeds/2.ics");
        var truth = await provider.GetAsync("control/calendars/feeds/2");

        Assert.Equal(truth.GetProperty("events").EnumerateArray().Select(item => item.GetProperty("uid").GetString()), Uid().Matches(text).Select(match => match.Groups["uid"].Value));
        Assert.EndsWith("END:VCALENDAR\r\n", text, StringComparison.Ordinal);
        Assert.All(text.Split("\r\n"), line => Assert.True(System.Text.Encoding.UTF8.GetByteCount(line) <= 75, line));
    }

    [Fact]
    public async Task An_unchanged_feed_is_304_and_a_changed_one_is_not()
    {
        await using var provider = await SimulatorProcess.StartAsync("calendars", "--feeds", "3");
        using var first = await provider.Client.GetAsync("calendars/feeds/1.ics");

        using var unchanged = await AskAsync(provider, 1, first.Headers.ETag);
        await provider.PostAsync("control/calendars/change?feeds=1");
        using var changed = await AskAsync(provider, 1, first.Headers.ETag);

        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.NotEqual(first.Headers.ETag, changed.Headers.ETag);
        Assert.Equal(1, (await provider.GetAsync("control/calendars/feeds/1/counts")).GetProperty("notModified").GetInt32());
    }

    [Fact]
    public async Task A_change_meets_the_ordered_share_of_the_feeds_by_one_event_each_and_survives_a_kill()
    {
        await using var provider = await SimulatorProcess.StartAsync("calendars", "--feeds", "1000", "--events", "5");
        var before = await TextsAsync(provider, 50);

        var changed = (await provider.PostAsync("control/calendars/change?percent=20")).GetProperty("feeds").EnumerateArray().Select(feed => feed.GetInt32()).ToList();
        await provider.KillAsync();
        await provider.StartAsync();
        var after = await TextsAsync(provider, 50);

        Assert.InRange(changed.Count, 150, 250);
        Assert.Equal(changed.Where(feed => feed <= 50), Enumerable.Range(1, 50).Where(feed => before[feed - 1] != after[feed - 1]));
    }

    [Theory]
    [InlineData("ServerError", HttpStatusCode.InternalServerError)]
    [InlineData("NotFound", HttpStatusCode.NotFound)]
    [InlineData("Gone", HttpStatusCode.Gone)]
    [InlineData("Unauthorized", HttpStatusCode.Unauthorized)]
    [InlineData("TooMany", HttpStatusCode.TooManyRequests)]
    [InlineData("RedirectLoop", HttpStatusCode.Found)]
    [InlineData("Moved301", HttpStatusCode.MovedPermanently)]
    [InlineData("Moved308", HttpStatusCode.PermanentRedirect)]
    [InlineData("LoginPage", HttpStatusCode.OK)]
    [InlineData("Empty", HttpStatusCode.OK)]
    [InlineData("Truncated", HttpStatusCode.OK)]
    public async Task A_provider_behaves_as_ordered(string behaviour, HttpStatusCode expected)
    {
        await using var provider = await SimulatorProcess.StartAsync("calendars", "--feeds", "3", "--behaviours", $"Gone:3;{behaviour}:1-2");

        using var answer = await provider.Client.GetAsync("calendars/feeds/2.ics");
        var text = await answer.Content.ReadAsStringAsync();

        Assert.Equal(expected, answer.StatusCode);
        Assert.Equal(behaviour is "Empty", text.EndsWith("END:VCALENDAR\r\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_behaviour_ordered_for_one_request_wears_off()
    {
        await using var provider = await SimulatorProcess.StartAsync("calendars", "--feeds", "3");
        await provider.PostAsync("control/calendars/behaviours", """{"feeds":"1","behaviour":"Unavailable","count":1}""");

        using var first = await provider.Client.GetAsync("calendars/feeds/1.ics");
        using var second = await provider.Client.GetAsync("calendars/feeds/1.ics");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, first.StatusCode);
        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
    }

    [Fact]
    public async Task A_behaviour_that_wore_off_in_part_wears_off_in_the_rest_after_a_kill()
    {
        await using var provider = await SimulatorProcess.StartAsync("calendars", "--feeds", "3");
        await provider.PostAsync("control/calendars/behaviours", """{"feeds":"1","behaviour":"Unavailable","count":2}""");
        using var first = await provider.Client.GetAsync("calendars/feeds/1.ics");
        await provider.KillAsync();
        await provider.StartAsync();

        using var second = await provider.Client.GetAsync("calendars/feeds/1.ics");
        using var third = await provider.Client.GetAsync("calendars/feeds/1.ics");

        Assert.Equal([HttpStatusCode.ServiceUnavailable, HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK], [first.StatusCode, second.StatusCode, third.StatusCode]);
    }

    [Fact]
    public async Task A_redirected_caller_finds_the_feed_and_a_loop_has_no_end()
    {
        await using var provider = await SimulatorProcess.StartAsync("calendars", "--feeds", "2", "--behaviours", "Moved301:1;RedirectLoop:2");

        using var moved = await provider.Client.GetAsync("calendars/feeds/1.ics");
        using var there = await provider.Client.GetAsync(moved.Headers.Location);
        using var loop = await provider.Client.GetAsync("calendars/moved/2.ics");

        Assert.Equal(HttpStatusCode.OK, there.StatusCode);
        Assert.Equal("/calendars/feeds/2.ics", loop.Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task A_bomb_is_small_until_it_is_unpacked()
    {
        await using var provider = await SimulatorProcess.StartAsync("calendars", "--feeds", "1", "--behaviours", "GzipBomb:1");

        var body = await provider.Client.GetByteArrayAsync("calendars/feeds/1.ics");

        Assert.InRange(body.Length, 1, 4_000_000);
    }

    private static async Task<HttpResponseMessage> AskAsync(SimulatorProcess provider, int feed, EntityTagHeaderValue? etag)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"calendars/feeds/{feed}.ics");
        request.Headers.IfNoneMatch.Add(etag!);
        return await provider.Client.SendAsync(request);
    }

    private static async Task<List<string>> TextsAsync(SimulatorProcess provider, int count)
    {
        var texts = new List<string>();
        for (var feed = 1; feed <= count; feed++)
            texts.Add(await provider.Client.GetStringAsync($"calendars/feeds/{feed}.ics"));
        return texts;
    }

    [GeneratedRegex("^UID:(?<uid>.*)\r$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Uid();
}
