using System.Net;
using System.Security.Claims;
using System.Text.Encodings.Web;
using System.Text.RegularExpressions;
using Clutch.Client.Wire;
using Clutch.Server.Dashboard;
using Clutch.Server.Security;
using Clutch.Server.Tests.Fixtures;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Clutch.Server.Tests.Dashboard;

/// <summary>Whom a page takes its reader for, what the reader's cookies mean, and where the server sends a reader.</summary>
public sealed partial class ReaderTests
{
    private const string Password = "correct horse battery";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task In_a_program_with_a_scheme_of_its_own_every_page_knows_its_reader_by_ours(bool isTheirsDefault)
    {
        await using var server = await TestServer.StartAsync(StoreKind.Sqlite, new()
        {
            Services = services => services.AddAuthentication(isTheirsDefault ? "Theirs" : string.Empty).AddScheme<AuthenticationSchemeOptions, Theirs>("Theirs", configureOptions: null),
        });
        await AddPersonAsync(server, "anna");
        using var browser = BrowserOf(server);
        await SignInAsync(browser, "anna");

        foreach (var path in (string[])["/", "/jobs", "/jobs/quick", "/jobs/nothing", "/sign-in"])
        {
            var page = await TextAsync(browser, path);
            Assert.Contains("user:anna", page, StringComparison.Ordinal);
            Assert.Matches("name=\"csrf-token\" content=\"[^\"]{20,}\"", page);
        }

        using var stranger = BrowserOf(server);
        using var sent = await stranger.GetAsync(new Uri("/jobs/quick", UriKind.Relative));
        Assert.Equal("/sign-in?back=%2Fjobs%2Fquick", sent.Headers.Location?.ToString());
    }

    [Fact]
    public async Task A_language_or_theme_is_chosen_on_a_page_of_any_name()
    {
        await using var server = await TestServer.StartAsync(StoreKind.Sqlite, new()
        {
            HasKeys = false,
            Clutch = clutch => clutch.AddJob("작업/수집", job => job.Step("load", (_, _) => Task.CompletedTask)),
        });
        using var browser = BrowserOf(server);
        var address = $"/jobs/{Uri.EscapeDataString("작업/수집")}";

        var page = await TextAsync(browser, address);
        var links = PreferenceLink().Matches(page).Select(match => WebUtility.HtmlDecode(match.Groups[1].Value)).ToList();

        Assert.Equal(5, links.Count);
        foreach (var link in links)
        {
            using var answer = await browser.GetAsync(new Uri(link, UriKind.Relative));
            Assert.Equal((HttpStatusCode.Redirect, address), (answer.StatusCode, answer.Headers.Location?.OriginalString));
        }
    }

    [Theory]
    [InlineData("/", true)]
    [InlineData("/jobs/a%2Fb?x=1&y={z}#facts", true)]
    [InlineData(null, false)]
    [InlineData("", false)]
    [InlineData("jobs", false)]
    [InlineData("//evil.example", false)]
    [InlineData("/\\evil.example", false)]
    [InlineData("/\t/evil.example", false)]
    [InlineData("/\r\n/evil.example", false)]
    [InlineData("/ jobs", false)]
    [InlineData("/작업", false)]
    [InlineData("https://evil.example", false)]
    public void Only_a_path_of_this_server_is_gone_back_to(string? path, bool isOwn) => Assert.Equal(isOwn, Preferences.IsOwnPath(path));

    [Fact]
    public async Task Two_servers_on_one_host_sign_nobody_out_of_each_other()
    {
        await using var first = await TestServer.StartAsync(StoreKind.Sqlite);
        await using var second = await TestServer.StartAsync(StoreKind.Sqlite, new() { Options = options => options.PathPrefix = "/batch" });
        await AddPersonAsync(first, "anna");
        await AddPersonAsync(second, "bert");
        // A browser sends the cookies of a host to all its ports.
        var cookies = new CookieContainer();
        using var atFirst = BrowserOf(first, cookies);
        using var atSecond = BrowserOf(second, cookies);

        await SignInAsync(atFirst, "anna");
        await SignInAsync(atSecond, "bert", "/batch");

        Assert.Equal("user:anna", (await atFirst.GetAsync("/api/v1/session", WireJson.Default.SessionView)).Actor);
        Assert.Equal("user:bert", (await atSecond.GetAsync("/batch/api/v1/session", WireJson.Default.SessionView)).Actor);
        Assert.Equal(["/", "/batch"], cookies.GetAllCookies().Select(cookie => cookie.Path).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(-1, true)]
    [InlineData(0, false)]
    [InlineData(86_400_000, true)]
    public async Task A_failure_is_told_until_it_was_seen_whatever_was_seen_by_a_clock_that_ran_ahead(long milliseconds, bool isTold)
    {
        await using var server = await TestServer.StartAsync(StoreKind.Sqlite, OpenDashboard.Settings);
        using var browser = BrowserOf(server);
        var failed = await server.Anonymous.LaunchAsync("failing");
        var end = (await server.Anonymous.EndAsync(failed.Id)).Execution.EndedAt!.Value.ToUnixTimeMilliseconds();

        using (await browser.GetAsync(new Uri($"/preferences?seen={end + milliseconds}", UriKind.Relative)))
            Assert.Equal(isTold, (await TextAsync(browser, "/")).Contains("The file is torn.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_long_execution_that_fails_after_a_younger_one_was_seen_is_told()
    {
        var isOver = new TaskCompletionSource();
        await using var server = await TestServer.StartAsync(StoreKind.Sqlite, OpenDashboard.Settings with
        {
            Clutch = clutch => clutch.AddJob("long", job => job.Step("load", async (_, cancellationToken) =>
            {
                await isOver.Task.WaitAsync(cancellationToken);
                throw new InvalidDataException("The long one failed.");
            })),
        });
        using var browser = BrowserOf(server);
        var longOne = await server.Anonymous.LaunchAsync("long");
        await server.Anonymous.EndAsync((await server.Anonymous.LaunchAsync("failing")).Id);

        using (await browser.GetAsync(new Uri(SeenLink(await TextAsync(browser, "/")), UriKind.Relative)))
            Assert.DoesNotContain("The file is torn.", await TextAsync(browser, "/"), StringComparison.Ordinal);
        isOver.SetResult();
        await server.Anonymous.EndAsync(longOne.Id);

        var page = await TextAsync(browser, "/");
        Assert.Contains("The long one failed.", page, StringComparison.Ordinal);
        Assert.DoesNotContain("The file is torn.", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_failures_than_are_shown_are_said_to_be_there()
    {
        await using var server = await TestServer.StartAsync(StoreKind.Sqlite, OpenDashboard.Settings);
        using var browser = BrowserOf(server);
        foreach (var n in Enumerable.Range(1, 20))
            await FailAsync(server, n);
        Assert.DoesNotContain("Only the latest 20 are shown.", await TextAsync(browser, "/"), StringComparison.Ordinal);

        await FailAsync(server, 21);

        var page = await TextAsync(browser, "/");
        Assert.Contains("Only the latest 20 are shown.", page, StringComparison.Ordinal);
        Assert.Contains("failing #21<", page, StringComparison.Ordinal);
        Assert.DoesNotContain("failing #1<", page, StringComparison.Ordinal);
    }

    private static async Task FailAsync(TestServer server, int n) =>
        await server.Anonymous.EndAsync((await server.Anonymous.LaunchAsync("failing", $$"""{"n":"{{n}}"}""")).Id);

    private static string SeenLink(string page) => PreferenceLink().Matches(page).Select(match => WebUtility.HtmlDecode(match.Groups[1].Value)).Single(link => link.Contains("seen=", StringComparison.Ordinal));

    private static HttpClient BrowserOf(TestServer server, CookieContainer? cookies = null) =>
        new(new HttpClientHandler { AllowAutoRedirect = false, CookieContainer = cookies ?? new() }) { BaseAddress = server.Address };

    private static async Task SignInAsync(HttpClient browser, string name, string prefix = "")
    {
        using var answer = await browser.PostAsync($"{prefix}/api/v1/session", $$"""{"name":"{{name}}","password":"{{Password}}"}""");
        await answer.ReadAsync(WireJson.Default.SessionView);
    }

    private static async Task<string> TextAsync(HttpClient browser, string path)
    {
        using var answer = await browser.GetAsync(new Uri(path, UriKind.Relative));
        return await answer.Content.ReadAsStringAsync();
    }

    private static Task AddPersonAsync(TestServer server, string name) =>
        server.Services.GetRequiredService<CredentialStore>().PutUserAsync(new(name, Role.Operator, PasswordHash.Create(Password)), CancellationToken.None);

    [GeneratedRegex("href=\"(/preferences[^\"]*)\"")]
    private static partial Regex PreferenceLink();

    /// <summary>Knows everybody, and by words that ours has, too.</summary>
    private sealed class Theirs(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(AuthenticateResult.Success(
            new(new(new ClaimsIdentity([new(ClaimTypes.Name, "somebody"), new(ClaimTypes.Role, nameof(Role.Operator))], "Theirs")), "Theirs")));
    }
}
