using System.Net;
using CalendarSync.Feeds;

namespace Apps.Tests.CalendarSync.Security;

/// <summary>Ways to make the import ask for something inside our own walls. None gets through: no way reaches the canary, and each is refused as such and not by chance.</summary>
public sealed class ServerSideRequestForgeryTests
{
    private const string Body = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//T//T//EN\r\nEND:VCALENDAR\r\n";

    public static TheoryData<string> InnerAddresses =>
    [
        // The loopback address, in all its spellings.
        "http://127.0.0.1/c.ics", "http://127.1/", "http://127.0.1/", "http://2130706433/", "http://0x7f000001/", "http://0x7F.0.0.1/", "http://0x7f.1/", "http://0177.0.0.1/", "http://017700000001/",
        "http://0177.0x0.0.1/", "http://127.000.000.001/", "http://127.0.0.1./", "http://127.255.255.254/", "http://0/", "http://0.0.0.0/", "http://00000000000000/", "https://127.0.0.1/", "webcal://127.0.0.1/", "webcals://127.1/",
        "HTTP://127.0.0.1:80/", "http://%31%32%37.0.0.1/",
        // The same in IPv6, and IPv4 inside IPv6.
        "http://[::1]/", "http://[::]/", "http://[0:0:0:0:0:0:0:1]/", "http://[0000:0000:0000:0000:0000:0000:0000:0001]/", "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", "http://[0:0:0:0:0:ffff:127.0.0.1]/",
        "http://[::127.0.0.1]/", "http://[::ffff:0:127.0.0.1]/", "http://[64:ff9b::127.0.0.1]/", "http://[64:ff9b::7f00:1]/", "http://[64:ff9b::10.0.0.1]/", "http://[64:ff9b:1::10.0.0.1]/", "http://[2002:7f00:1::]/", "http://[2002:a00:1::1]/",
        "http://[2002:c0a8:101::1]/", "http://[2001:0:4136:e378:8000:63bf:80ff:fffe]/", "http://[2600:1:2:3:0:5efe:7f00:1]/", "http://[2600:1:2:3:200:5efe:a00:1]/", "http://[fe80::1]/", "http://[fe80::1%25eth0]/", "http://[fe80::1%251]/",
        "http://[fec0::1]/", "http://[fc00::1]/", "http://[fd00:ec2::254]/latest/meta-data/", "http://[ff02::1]/", "http://[100::1]/", "http://[2001:db8::1]/", "http://[3fff::1]/", "http://[5f00::1]/", "http://[4000::1]/",
        // Where clouds keep their secrets.
        "http://169.254.169.254/latest/meta-data/", "http://2852039166/", "http://0xa9fea9fe/", "http://0251.0376.0251.0376/", "http://169.254.43518/", "http://[::ffff:169.254.169.254]/", "http://[64:ff9b::a9fe:a9fe]/", "http://168.63.129.16/",
        "http://100.100.100.200/", "http://192.0.0.192/",
        // Private and reserved networks, first and last addresses.
        "http://10.0.0.0/", "http://10.255.255.255/", "http://172.16.0.1/", "http://172.31.255.255/", "http://192.168.0.1/", "http://192.168.255.255/", "http://100.64.0.1/", "http://100.127.255.255/", "http://192.0.2.1/", "http://192.88.99.1/",
        "http://198.18.0.1/", "http://198.19.255.255/", "http://198.51.100.1/", "http://203.0.113.1/", "http://224.0.0.1/", "http://239.255.255.255/", "http://240.0.0.1/", "http://255.255.255.255/", "http://0.1.2.3/", "http://0xa000001/",
        // Somebody else's name before the place.
        "http://calendar.google.com@127.0.0.1/", "http://calendar.google.com:80@127.0.0.1/", "http://a:b@[::1]/", "http://127.0.0.1#@calendar.google.com/", "http://127.0.0.1?@calendar.google.com/", "http://calendar.google.com%2F@127.0.0.1/",
        "http://user@2130706433/", "http://localhost/", "http://LOCALHOST./", "http://localhost:80/c.ics",
    ];

    public static TheoryData<string> OtherThings =>
    [
        "file:///etc/passwd", "file://localhost/etc/passwd", "FILE:/etc/passwd", "ftp://ftp.example.com/c.ics", "gopher://example.com:70/_", "data:text/calendar,BEGIN:VCALENDAR", "dict://example.com:11211/stats", "ldap://example.com/",
        "jar:http://example.com!/", "javascript:alert(1)", "tftp://example.com/c", "ssh://example.com", "ws://example.com/", "netdoc:///etc/passwd", "unix:///var/run/docker.sock", @"\\server\share\c.ics", "//127.0.0.1/c.ics", "/etc/passwd",
        @"C:\windows\win.ini", "webcal:file:///etc/passwd", "webcal:///etc/passwd", "http:///etc/passwd", "http:/127.0.0.1/", "http:127.0.0.1", "http://", "https://:443/", "http://.../", "http://calendar.google.com\\@127.0.0.1/",
        "http://127.0.0.1\t.example.com/", "http://example.com/\r\nHost: 127.0.0.1", "http://example.com/c.ics\nX: y", "http://exa mple.com/", "http://example.com/\0", "http://①②⑦.⓪.⓪.①/", "http://127。0。0。1/", "http://１２７.0.0.1/",
        "http://ⓛocalhost/", "http://example.com:22/", "http://example.com:25/", "http://example.com:5432/", "http://example.com:6379/", "https://example.com:8443/", "http://example.com:65536/", "http://example.com:-1/", "", "   ", "calendar.ics",
    ];

    /// <summary>What names lead to, one answer for each connection.</summary>
    public static TheoryData<string> NamesThatLeadInside =>
    [
        "10.0.0.5", "127.0.0.1", "::1", "::ffff:127.0.0.1", "fd12:3456::1", "169.254.169.254", "0.0.0.0", "64:ff9b::7f00:1", "2002:7f00:1::1",
        // One good address does not redeem a bad one, wherever it stands.
        "8.8.8.8,127.0.0.1", "127.0.0.1,8.8.8.8", "8.8.8.8,::1", "2606:4700::1111,10.0.0.1", "8.8.8.8,8.8.4.4,192.168.1.1", "1.1.1.1,::ffff:10.0.0.1", "9.9.9.9,fe80::1",
    ];

    [Theory]
    [MemberData(nameof(InnerAddresses))]
    public async Task An_address_inside_is_refused_in_every_spelling(string address)
    {
        await using var canary = new RawServer(_ => RawServer.Ok(Body));
        using var attack = new Attack([canary.Port]);
        var withPort = WithPort(address, canary.Port);

        AssertRefused(await attack.FetchAsync(address), address);
        AssertRefused(await attack.FetchAsync(withPort), withPort);

        Assert.Equal(0, canary.ConnectionCount);
    }

    [Theory]
    [MemberData(nameof(OtherThings))]
    public async Task What_is_no_web_address_is_refused_as_text(string address)
    {
        using var attack = new Attack();

        Assert.Null(await attack.FetchAsync(address));
        Assert.Equal(0, attack.Names.AskedCount);
    }

    [Theory]
    [MemberData(nameof(NamesThatLeadInside))]
    public async Task A_name_that_leads_inside_is_refused(string addresses)
    {
        await using var canary = new RawServer(_ => RawServer.Ok(Body));
        using var attack = new Attack([canary.Port]);
        attack.Names.Lead("calendar.example", addresses.Split(','));

        Assert.IsType<FetchOutcome.Blocked>(await attack.FetchAsync($"http://calendar.example:{canary.Port}/c.ics"));
        Assert.IsType<FetchOutcome.Blocked>(await attack.FetchAsync($"http://calendar.example.:{canary.Port}/c.ics"));

        Assert.Equal(0, canary.ConnectionCount);
    }

    [Theory]
    [InlineData("http://127.0.0.1:{canary}/")]
    [InlineData("http://localhost:{canary}/")]
    [InlineData("http://[::1]:{canary}/")]
    [InlineData("http://[::ffff:127.0.0.1]:{canary}/")]
    [InlineData("http://2130706433:{canary}/")]
    [InlineData("http://0x7f.1:{canary}/")]
    [InlineData("//127.0.0.1:{canary}/")]
    [InlineData("http://calendar.example@127.0.0.1:{canary}/")]
    [InlineData("http://inside.example:{canary}/")]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    [InlineData("//169.254.169.254/")]
    [InlineData("http://10.0.0.1/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://127.0.0.1/")]
    [InlineData("gopher://127.0.0.1:{canary}/_GET")]
    [InlineData("http://calendar.example:22/")]
    [InlineData("http:\\\\127.0.0.1:{canary}\\")]
    [InlineData("\\\\127.0.0.1\\share")]
    [InlineData("http://①②⑦.⓪.⓪.①:{canary}/")]
    [InlineData("javascript:alert(1)")]
    [InlineData("data:text/calendar,BEGIN:VCALENDAR")]
    public async Task A_redirect_leads_nowhere_inside(string location)
    {
        await using var canary = new RawServer(_ => RawServer.Ok(Body));
        var target = location.Replace("{canary}", $"{canary.Port}", StringComparison.Ordinal);
        await using var server = new RawServer(_ => RawServer.Redirect(target));
        using var attack = new Attack([canary.Port], [$"127.0.0.1:{server.Port}"]);
        attack.Names.Lead("inside.example", ["127.0.0.1"]);

        var outcome = await attack.FetchAsync($"http://127.0.0.1:{server.Port}/c.ics");

        // Either the place is refused, or it turned out to be a path on the server that may be asked, which goes round in circles.
        Assert.True(outcome is FetchOutcome.Blocked or FetchOutcome.BadRedirect, $"{location}: {outcome}");
        Assert.Equal(0, canary.ConnectionCount);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task Each_hop_of_a_chain_is_looked_at(int status)
    {
        await using var canary = new RawServer(_ => RawServer.Ok(Body));
        await using var server = new RawServer(head => head.StartsWith("GET /3", StringComparison.Ordinal)
            ? RawServer.Redirect($"http://127.0.0.1:{canary.Port}/", status)
            : RawServer.Redirect($"/{head[5] + 1 - '0'}", status));
        using var attack = new Attack([canary.Port], [$"127.0.0.1:{server.Port}"]);

        Assert.IsType<FetchOutcome.Blocked>(await attack.FetchAsync($"http://127.0.0.1:{server.Port}/1"));

        Assert.Equal(3, server.Requests.Count);
        Assert.Equal(0, canary.ConnectionCount);
    }

    [Fact]
    public async Task A_name_that_changes_its_answer_is_looked_at_again_for_each_connection()
    {
        await using var good = new RawServer(_ => RawServer.Ok(Body));
        await using var canary = new RawServer(_ => RawServer.Ok(Body), IPAddress.Parse("127.0.0.2"), good.Port);
        using var attack = new Attack([good.Port], [$"127.0.0.1:{good.Port}"]);
        attack.Names.Lead("rebinding.example", ["127.0.0.1"], ["127.0.0.2"]);

        var first = await attack.FetchAsync($"http://rebinding.example:{good.Port}/");
        var second = await attack.FetchAsync($"http://rebinding.example:{good.Port}/");

        Assert.IsType<FetchOutcome.Fetched>(first).Content.Dispose();
        Assert.IsType<FetchOutcome.Blocked>(second);
        Assert.Equal((2, 1, 0), (attack.Names.AskedCount, good.ConnectionCount, canary.ConnectionCount));
    }

    [Fact]
    public async Task A_name_that_changes_its_answer_between_two_hops_is_refused()
    {
        await using var good = new RawServer(_ => RawServer.Redirect("/again"));
        await using var canary = new RawServer(_ => RawServer.Ok(Body), IPAddress.Parse("127.0.0.2"), good.Port);
        using var attack = new Attack([good.Port], [$"127.0.0.1:{good.Port}"]);
        attack.Names.Lead("rebinding.example", ["127.0.0.1"], ["127.0.0.2"]);

        Assert.IsType<FetchOutcome.Blocked>(await attack.FetchAsync($"http://rebinding.example:{good.Port}/"));

        Assert.Equal(0, canary.ConnectionCount);
    }

    [Fact]
    public async Task The_name_is_resolved_once_so_that_no_second_answer_can_differ()
    {
        await using var good = new RawServer(_ => RawServer.Ok(Body));
        await using var canary = new RawServer(_ => RawServer.Ok(Body), IPAddress.Parse("127.0.0.2"), good.Port);
        using var attack = new Attack([good.Port], [$"127.0.0.1:{good.Port}"]);
        // Whoever looked and resolved again to connect would land at the canary.
        attack.Names.Lead("toctou.example", ["127.0.0.1"], ["127.0.0.2"]);

        var outcome = await attack.FetchAsync($"http://toctou.example:{good.Port}/");

        Assert.IsType<FetchOutcome.Fetched>(outcome).Content.Dispose();
        Assert.Equal((1, 0), (attack.Names.AskedCount, canary.ConnectionCount));
    }

    [Fact]
    public async Task A_proxy_of_the_environment_is_not_asked()
    {
        await using var canary = new RawServer(_ => RawServer.Ok(Body));
        Environment.SetEnvironmentVariable("http_proxy", $"http://127.0.0.1:{canary.Port}");
        try
        {
            using var attack = new Attack();
            attack.Names.Lead("calendar.example", ["10.0.0.1"]);

            Assert.IsType<FetchOutcome.Blocked>(await attack.FetchAsync("http://calendar.example/c.ics"));
        }
        finally
        {
            Environment.SetEnvironmentVariable("http_proxy", null);
        }

        Assert.Equal(0, canary.ConnectionCount);
    }

    [Fact]
    public async Task An_entry_of_the_allow_list_opens_its_own_door_only()
    {
        await using var open = new RawServer(_ => RawServer.Ok(Body));
        await using var shut = new RawServer(_ => RawServer.Ok(Body));
        using var attack = new Attack([shut.Port], [$"127.0.0.1:{open.Port}"]);

        Assert.IsType<FetchOutcome.Fetched>(await attack.FetchAsync($"http://127.0.0.1:{open.Port}/")).Content.Dispose();
        Assert.IsType<FetchOutcome.Blocked>(await attack.FetchAsync($"http://127.0.0.1:{shut.Port}/"));
        Assert.IsType<FetchOutcome.Blocked>(await attack.FetchAsync($"http://127.0.0.2:{open.Port}/"));

        Assert.Equal(0, shut.ConnectionCount);
    }

    [Fact]
    public void The_suite_knows_at_least_sixty_ways() => Assert.True(InnerAddresses.Count + OtherThings.Count + NamesThatLeadInside.Count >= 60);

    [Theory]
    [InlineData("8.8.8.8")]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.1")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.1")]
    [InlineData("192.167.255.255")]
    [InlineData("223.255.255.255")]
    [InlineData("2606:4700::1111")]
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("64:ff9b::808:808")]
    [InlineData("2002:808:808::1")]
    public void Public_addresses_are_public(string address) => Assert.True(PublicAddress.Covers(IPAddress.Parse(address)));

    private static string WithPort(string address, int port)
    {
        var match = System.Text.RegularExpressions.Regex.Match(address, @"^(?<host>[a-z]+://(?:[^/@#?]*@)?(?:\[[^\]]*\]|[^/:?#\[]+))(?::\d+)?(?<rest>.*)$", System.Text.RegularExpressions.RegexOptions.IgnoreCase, TimeSpan.FromSeconds(1));
        return $"{match.Groups["host"].Value}:{port}{match.Groups["rest"].Value}";
    }

    private static void AssertRefused(FetchOutcome? outcome, string address) =>
        Assert.True(outcome is null or FetchOutcome.Blocked, $"{address}: {outcome}");
}
