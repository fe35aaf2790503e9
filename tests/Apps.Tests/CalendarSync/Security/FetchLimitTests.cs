using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using CalendarSync.Feeds;
using Microsoft.Extensions.Options;

namespace Apps.Tests.CalendarSync.Security;

/// <summary>What a server may do to us once it is asked: little.</summary>
public sealed class FetchLimitTests
{
    private const string Body = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n";

    [Fact]
    public void Secure_never_becomes_insecure()
    {
        // Told from the text alone: no certificate is needed to see where a redirect points.
        var trail = new RedirectTrail(AddressOf("https://127.0.0.1:5/a"), GuardOf("127.0.0.1:*"), 5);
        using var answer = new HttpResponseMessage(System.Net.HttpStatusCode.Found);
        answer.Headers.TryAddWithoutValidation("Location", "http://127.0.0.1:5/a");

        Assert.IsType<FetchOutcome.BadRedirect>(trail.Follow(answer));
    }

    [Fact]
    public async Task Credentials_stay_with_their_host()
    {
        await using var other = new RawServer(_ => RawServer.Ok(Body));
        await using var first = new RawServer(head => head.StartsWith("GET /here", StringComparison.Ordinal) ? RawServer.Redirect($"http://127.0.0.1:{other.Port}/") : RawServer.Redirect("/here"));
        using var attack = Open();

        Assert.IsType<FetchOutcome.Fetched>(await attack.FetchAsync($"http://user:p%40ss@127.0.0.1:{first.Port}/")).Content.Dispose();

        var secret = Convert.ToBase64String("user:p@ss"u8);
        Assert.All(first.Requests, head => Assert.Contains($"Authorization: Basic {secret}", head, StringComparison.Ordinal));
        Assert.DoesNotContain("Authorization", Assert.Single(other.Requests), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cookies_are_not_kept_and_a_referrer_is_not_told()
    {
        await using var server = new RawServer(head => head.StartsWith("GET /2", StringComparison.Ordinal) ? RawServer.Ok(Body) : RawServer.Status(302, "Location: /2\r\nSet-Cookie: a=b\r\n"));
        using var attack = Open();

        Assert.IsType<FetchOutcome.Fetched>(await attack.FetchAsync($"http://127.0.0.1:{server.Port}/1")).Content.Dispose();

        Assert.All(server.Requests, head => Assert.DoesNotContain("Cookie", head, StringComparison.OrdinalIgnoreCase));
        Assert.All(server.Requests, head => Assert.DoesNotContain("Referer", head, StringComparison.OrdinalIgnoreCase));
        Assert.All(server.Requests, head => Assert.DoesNotContain("traceparent", head, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Validators_are_sent_as_they_came_and_to_their_own_address_only()
    {
        await using var other = new RawServer(_ => RawServer.Ok(Body));
        await using var server = new RawServer(_ => RawServer.Redirect($"http://127.0.0.1:{other.Port}/"));
        using var attack = Open();

        Assert.IsType<FetchOutcome.Fetched>(await attack.FetchAsync($"http://127.0.0.1:{server.Port}/", "W/\"odd, tag\"", "Yesterday, I think")).Content.Dispose();

        Assert.Contains("If-None-Match: W/\"odd, tag\"\r\n", Assert.Single(server.Requests), StringComparison.Ordinal);
        Assert.Contains("If-Modified-Since: Yesterday, I think\r\n", Assert.Single(server.Requests), StringComparison.Ordinal);
        Assert.DoesNotContain("If-", Assert.Single(other.Requests), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"caf\u00e9\"")]
    [InlineData("\"a\u0001b\"")]
    public async Task Validators_that_no_request_can_carry_are_not_taken(string value)
    {
        await using var server = new RawServer(_ => RawServer.Ok(Body, $"ETag: {value}\r\nLast-Modified: {value}\r\n"));
        using var attack = Open();

        var fetched = Assert.IsType<FetchOutcome.Fetched>(await attack.FetchAsync($"http://127.0.0.1:{server.Port}/"));

        fetched.Content.Dispose();
        Assert.Equal((null, null), (fetched.Answer.ETag, fetched.Answer.LastModified));
    }

    [Fact]
    public async Task A_redirect_waits_at_the_door_of_the_host_it_leads_to()
    {
        await using var other = new RawServer(_ => RawServer.Status(429, "Retry-After: 3600\r\n"));
        await using var first = new RawServer(_ => RawServer.Redirect($"http://127.0.0.1:{other.Port}/"));
        using var attack = Open();

        Assert.IsType<FetchOutcome.Busy>(await attack.FetchAsync($"http://127.0.0.1:{first.Port}/a"));
        Assert.IsType<FetchOutcome.PutOff>(await attack.FetchAsync($"http://127.0.0.1:{first.Port}/b"));

        Assert.Equal((2, 1), (first.Requests.Count, other.Requests.Count));
    }

    [Fact]
    public async Task A_host_answers_for_its_own_failures_and_not_for_those_of_where_it_redirects_to()
    {
        await using var other = new RawServer(_ => RawServer.Status(500));
        await using var first = new RawServer(head => head.StartsWith("GET /fine", StringComparison.Ordinal) ? RawServer.Ok(Body) : RawServer.Redirect($"http://127.0.0.1:{other.Port}/"));
        using var attack = Open(options => options.DefaultHost = new() { MinGap = TimeSpan.Zero, BreakAfter = 2 });
        for (var i = 0; i < 2; i++) Assert.IsType<FetchOutcome.Failed>(await attack.FetchAsync($"http://127.0.0.1:{first.Port}/{i}"));

        Assert.IsType<FetchOutcome.Fetched>(await attack.FetchAsync($"http://127.0.0.1:{first.Port}/fine")).Content.Dispose();
        Assert.IsType<FetchOutcome.PutOff>(await attack.FetchAsync($"http://127.0.0.1:{other.Port}/"));
    }

    [Fact]
    public async Task A_304_that_nobody_asked_for_is_a_fault()
    {
        await using var server = new RawServer(_ => "HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n");
        using var attack = Open();

        Assert.Equal(304, Assert.IsType<FetchOutcome.Failed>(await attack.FetchAsync($"http://127.0.0.1:{server.Port}/")).Status);
        Assert.IsType<FetchOutcome.NotModified>(await attack.FetchAsync($"http://127.0.0.1:{server.Port}/", "\"x\""));
    }

    [Fact]
    public async Task Redirects_end_after_five()
    {
        var hop = 0;
        await using var server = new RawServer(_ => RawServer.Redirect($"/{++hop}"));
        using var attack = Open();

        Assert.IsType<FetchOutcome.BadRedirect>(await attack.FetchAsync($"http://127.0.0.1:{server.Port}/"));

        Assert.Equal(6, server.Requests.Count);
    }

    [Theory]
    [InlineData("301", true)]
    [InlineData("308", true)]
    [InlineData("302", false)]
    [InlineData("307", false)]
    [InlineData("301,308", true)]
    [InlineData("301,302", false)]
    [InlineData("302,301", false)]
    public async Task Only_an_unbroken_chain_of_permanent_redirects_moves_a_feed(string statuses, bool moves)
    {
        var chain = statuses.Split(',');
        await using var server = new RawServer(head => head[5] - '0' is var hop && hop < chain.Length ? RawServer.Redirect($"/{hop + 1}", int.Parse(chain[hop], System.Globalization.CultureInfo.InvariantCulture)) : RawServer.Ok(Body));
        using var attack = Open();

        var fetched = Assert.IsType<FetchOutcome.Fetched>(await attack.FetchAsync($"http://127.0.0.1:{server.Port}/0"));

        fetched.Content.Dispose();
        Assert.Equal(moves ? $"http://127.0.0.1:{server.Port}/{chain.Length}" : null, fetched.Answer.MovedTo?.Key);
    }

    [Fact]
    public async Task Endless_headers_end_at_the_limit()
    {
        await using var server = new RawServer(_ => $"HTTP/1.1 200 OK\r\nX: {new string('x', 100_000)}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        using var attack = Open();

        Assert.IsType<FetchOutcome.TooLarge>(await attack.FetchAsync($"http://127.0.0.1:{server.Port}/"));
    }

    [Fact]
    public async Task A_body_over_the_limit_ends_there_whatever_its_length_says()
    {
        await using var server = new RawServer(_ => RawServer.Ok(new string('x', 3_000_000)));
        using var attack = Open(options => options.MaxBodyBytes = 1_000_000);

        Assert.IsType<FetchOutcome.TooLarge>(await attack.FetchAsync($"http://127.0.0.1:{server.Port}/"));
    }

    [Fact]
    public async Task Packed_bytes_are_counted_unpacked()
    {
        Assert.IsType<FetchOutcome.TooLarge>(await UnpackAsync(new byte[30_000_000], 5_000, CompressionLevel.Optimal));
        Assert.IsType<FetchOutcome.TooLarge>(await UnpackAsync(new byte[3_000_000], 100, CompressionLevel.Optimal));
        var honest = Assert.IsType<FetchOutcome.Fetched>(await UnpackAsync(Encoding.UTF8.GetBytes(string.Join("\r\n", Enumerable.Range(0, 80_000).Select(number => $"LINE:{number * 7919}"))), 100, CompressionLevel.Fastest));
        honest.Content.Dispose();
    }

    [Theory]
    [InlineData("gzip, gzip")]
    [InlineData("zstd")]
    [InlineData("br, gzip")]
    public async Task Encodings_that_nobody_asked_for_are_refused(string encoding)
    {
        await using var server = new RawServer(_ => RawServer.Ok(Body, $"Content-Encoding: {encoding}\r\n"));
        using var attack = Open();

        Assert.IsType<FetchOutcome.Unreachable>(await attack.FetchAsync($"http://127.0.0.1:{server.Port}/"));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task A_body_that_is_not_packed_as_it_says_is_no_answer(string encoding)
    {
        await using var server = new RawServer(_ => RawServer.Ok("\u0011garbage", $"Content-Encoding: {encoding}\r\n"));
        using var attack = Open();

        var outcome = await attack.FetchAsync($"http://127.0.0.1:{server.Port}/");

        Assert.Equal(FetchOutcome.Unreachable.Reason.Broken, Assert.IsType<FetchOutcome.Unreachable>(outcome).Why);
    }

    [Fact]
    public async Task A_server_that_says_nothing_ends_at_the_deadline()
    {
        using var attack = Open(options => (options.IdleTimeout, options.Deadline) = (TimeSpan.FromMinutes(5), TimeSpan.FromMilliseconds(200)));
        using var mute = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        mute.Start();

        var outcome = await attack.FetchAsync($"http://127.0.0.1:{((System.Net.IPEndPoint)mute.LocalEndpoint).Port}/");

        Assert.Equal(FetchOutcome.Unreachable.Reason.Timeout, Assert.IsType<FetchOutcome.Unreachable>(outcome).Why);
    }

    [Fact]
    public async Task A_server_that_falls_silent_within_a_body_ends_at_the_idle_limit()
    {
        using var attack = Open(options => (options.IdleTimeout, options.Deadline) = (TimeSpan.FromMilliseconds(200), TimeSpan.FromMinutes(5)));
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var fetch = attack.FetchAsync($"http://127.0.0.1:{((System.Net.IPEndPoint)listener.LocalEndpoint).Port}/");
        using var socket = await listener.AcceptSocketAsync();

        await socket.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nBEGIN"u8.ToArray());

        Assert.Equal(FetchOutcome.Unreachable.Reason.Timeout, Assert.IsType<FetchOutcome.Unreachable>(await fetch).Why);
    }

    [Fact]
    public async Task A_connection_that_breaks_within_a_body_is_no_answer()
    {
        await using var server = new RawServer(_ => "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nBEGIN");
        using var attack = Open();

        var outcome = await attack.FetchAsync($"http://127.0.0.1:{server.Port}/");

        Assert.Equal(FetchOutcome.Unreachable.Reason.Broken, Assert.IsType<FetchOutcome.Unreachable>(outcome).Why);
    }

    [Fact]
    public async Task Words_for_users_tell_nothing_of_our_inside()
    {
        await using var server = new RawServer(_ => RawServer.Redirect("http://10.1.2.3/secret"));
        using var attack = Open();
        var outcome = await attack.FetchAsync($"http://127.0.0.1:{server.Port}/");

        var words = Enum.GetValues<SyncOutcome>().Select(known => OutcomeWords.For(known, TimeSpan.Zero)).Append(OutcomeWords.For(OutcomeWords.Of(outcome!), TimeSpan.Zero));

        Assert.All(words, sentence => Assert.DoesNotMatch(@"\d+\.\d+\.\d+|Exception|/secret|http", sentence ?? ""));
    }

    [Theory]
    [InlineData("120", 120)]
    [InlineData("0", 0)]
    [InlineData("99999999", 86_400)]
    [InlineData("Wed, 25 Nov 2026 10:00:30 GMT", 30)]
    [InlineData("Wed, 25 Nov 2020 10:00:30 GMT", 0)]
    public void Retry_after_is_read_in_both_forms_and_capped(string value, int seconds)
    {
        using var answer = new HttpResponseMessage();
        answer.Headers.TryAddWithoutValidation("Retry-After", value);

        var pause = RetryAfterHeader.Read(answer.Headers.RetryAfter, new DateTimeOffset(2026, 11, 25, 10, 0, 0, TimeSpan.Zero));

        Assert.Equal(TimeSpan.FromSeconds(seconds), pause);
    }

    [Fact]
    public async Task A_host_that_asks_for_a_pause_gets_it_for_all_its_feeds()
    {
        await using var server = new RawServer(_ => RawServer.Status(429, "Retry-After: 3600\r\n"));
        using var attack = Open();

        Assert.IsType<FetchOutcome.Busy>(await attack.FetchAsync($"http://127.0.0.1:{server.Port}/a"));
        Assert.IsType<FetchOutcome.PutOff>(await attack.FetchAsync($"http://127.0.0.1:{server.Port}/b"));

        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_host_that_fails_again_and_again_is_left_alone()
    {
        await using var server = new RawServer(_ => RawServer.Status(500));
        using var attack = Open(options => options.DefaultHost = new() { MinGap = TimeSpan.Zero, BreakAfter = 5 });
        for (var i = 0; i < 5; i++) Assert.IsType<FetchOutcome.Failed>(await attack.FetchAsync($"http://127.0.0.1:{server.Port}/{i}"));

        Assert.IsType<FetchOutcome.PutOff>(await attack.FetchAsync($"http://127.0.0.1:{server.Port}/6"));

        Assert.Equal(5, server.Requests.Count);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task A_host_that_asks_for_no_time_at_all_again_and_again_is_left_alone(int status)
    {
        await using var server = new RawServer(_ => RawServer.Status(status, "Retry-After: 0\r\n"));
        using var attack = Open(options => options.DefaultHost = new() { MinGap = TimeSpan.Zero, BreakAfter = 5 });
        for (var i = 0; i < 5; i++) Assert.IsType<FetchOutcome.Busy>(await attack.FetchAsync($"http://127.0.0.1:{server.Port}/{i}"));

        Assert.IsType<FetchOutcome.PutOff>(await attack.FetchAsync($"http://127.0.0.1:{server.Port}/6"));

        Assert.Equal(5, server.Requests.Count);
    }

    [Theory]
    [InlineData("http://user:pass@one.example/a", "https://one.example/a", "user:pass")]
    [InlineData("http://user:pass@one.example/a", "http://one.example/b", "user:pass")]
    [InlineData("http://user:pass@one.example/a", "https://two.example/a", null)]
    [InlineData("http://user:pass@one.example/a", "https://one.example:8443/a", null)]
    [InlineData("https://user:pass@one.example/a", "https://one.example:8443/a", null)]
    [InlineData("http://user:pass@one.example:8443/a", "https://one.example/a", null)]
    [InlineData("http://user:pass@one.example/a", "https://other:secret@one.example/a", null)]
    public void Credentials_follow_their_host_to_its_secure_side_and_nowhere_else(string from, string to, string? credentials)
    {
        var guard = GuardOf("127.0.0.1:8443");
        Assert.True(FeedAddress.TryParse(from, guard, out var start, out _));
        var trail = new RedirectTrail(start, guard, maxRedirects: 5);
        using var answer = new HttpResponseMessage(System.Net.HttpStatusCode.MovedPermanently);
        answer.Headers.TryAddWithoutValidation("Location", to);

        Assert.Null(trail.Follow(answer));

        Assert.Equal(credentials, trail.Current.Credentials);
    }

    [Fact]
    public void A_redirect_to_an_address_that_is_too_long_is_a_bad_redirect()
    {
        var trail = new RedirectTrail(AddressOf("https://one.example/a"), GuardOf(), maxRedirects: 5);
        using var answer = new HttpResponseMessage(System.Net.HttpStatusCode.Found);
        answer.Headers.TryAddWithoutValidation("Location", $"/{new string('a', FeedAddress.LongestLength)}");

        Assert.IsType<FetchOutcome.BadRedirect>(trail.Follow(answer));
    }

    [Theory]
    [InlineData("[::1]8080")]
    [InlineData("[::1]:")]
    [InlineData("[::1]x5232")]
    [InlineData("[::1")]
    [InlineData("127.0.0.1:")]
    [InlineData("127.0.0.1:0")]
    [InlineData("127.0.0.1:65536")]
    public void A_door_that_is_spelled_wrong_is_refused(string entry) => Assert.Throws<FormatException>(() => AllowedEndpoint.Parse(entry));

    [Theory]
    [InlineData("[::1]", null)]
    [InlineData("[::1]:8080", 8080)]
    [InlineData("[::1]:*", 0)]
    [InlineData("::1", null)]
    [InlineData("127.0.0.1:8080", 8080)]
    public void A_door_is_read_with_its_port(string entry, int? port) => Assert.Equal(port, AllowedEndpoint.Parse(entry).Port);

    [Fact]
    public async Task Two_requests_to_a_host_start_apart()
    {
        await using var server = new RawServer(_ => RawServer.Ok(Body));
        using var attack = Open(options => options.DefaultHost = new() { MinGap = TimeSpan.FromMilliseconds(150), MaxConnections = 8 });
        var started = Stopwatch.GetTimestamp();

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => attack.FetchAsync($"http://127.0.0.1:{server.Port}/{i}")));

        foreach (var outcome in outcomes) Assert.IsType<FetchOutcome.Fetched>(outcome).Content.Dispose();
        Assert.True(Stopwatch.GetElapsedTime(started) >= TimeSpan.FromMilliseconds(440));
    }

    [Theory]
    [InlineData("webcal://Example.COM/a.ics", "https://example.com/a.ics")]
    [InlineData("webcals://example.com/a.ics", "https://example.com/a.ics")]
    [InlineData("HTTPS://EXAMPLE.com:443/A.ics?Q=1#part", "https://example.com/A.ics?Q=1")]
    [InlineData("http://example.com:80", "http://example.com/")]
    [InlineData("https://user:pass@example.com/a", "https://user:pass@example.com/a")]
    public void Addresses_that_mean_the_same_are_the_same(string address, string key) => Assert.Equal(key, AddressOf(address).Key);

    [Fact]
    public void An_address_shows_no_password() => Assert.DoesNotContain("pass", AddressOf("https://user:pass@example.com/secret").ToString(), StringComparison.Ordinal);

    private static async Task<FetchOutcome?> UnpackAsync(byte[] plain, int maxExpansion, CompressionLevel level)
    {
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, level, leaveOpen: true)) await gzip.WriteAsync(plain);
        using var listener = new HttpBody(packed.ToArray());
        using var attack = Open(options => options.MaxExpansion = maxExpansion);
        return await attack.FetchAsync($"http://127.0.0.1:{listener.Port}/");
    }

    private static Attack Open(Action<FeedOptions>? configure = null) => new(allow: ["127.0.0.1:*"], configure: configure);

    private static OutboundGuard GuardOf(params string[] allow)
    {
        var options = new OutboundOptions();
        foreach (var entry in allow) options.Allow.Add(entry);
        return new OutboundGuard(Options.Create(options));
    }

    private static FeedAddress AddressOf(string text) => FeedAddress.TryParse(text, GuardOf("127.0.0.1:*"), out var address, out var problem) ? address : throw new ArgumentException(problem, nameof(text));
}
