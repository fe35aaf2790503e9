using System.Net;
using Clutch.Client.Wire;
using Clutch.Hosting;
using Clutch.Relational;
using Clutch.Server.Security;
using Clutch.Server.Storage;
using Clutch.Server.Tests.Fixtures;
using Clutch.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Clutch.Server.Tests.Security;

/// <summary>Who gets in, and what a browser may do.</summary>
public abstract class SecurityTests(StoreKind kind)
{
    private const string Password = "correct horse battery";

    [SkippableFact]
    public async Task Without_credentials_it_does_not_start_on_an_address_that_others_reach()
    {
        foreach (var url in (string[])["http://0.0.0.0:0", "http://[::]:0", "http://*:0"])
        {
            var refused = await Assert.ThrowsAsync<ListenRefusedException>(() => TestServer.StartAsync(kind, new() { HasKeys = false, Url = url }));
            Assert.Contains("keys create", refused.Message, StringComparison.Ordinal);
        }
    }

    [SkippableFact]
    public async Task With_a_key_it_starts_there_and_asks_for_it()
    {
        await using var server = await TestServer.StartAsync(kind, new() { Url = "http://0.0.0.0:0" });
        using var client = new HttpClient { BaseAddress = new($"http://127.0.0.1:{server.Address.Port}") };

        using var response = await client.GetAsync(new Uri("/api/v1/jobs", UriKind.Relative));

        await response.ProblemAsync(HttpStatusCode.Unauthorized);
    }

    [SkippableFact]
    public async Task Without_credentials_this_machine_is_let_in_but_no_proxy_no_other_name_and_no_other_site()
    {
        await using var server = await TestServer.StartAsync(kind, new() { HasKeys = false });

        using var local = await SendAsync(server.Anonymous, HttpMethod.Get, "/api/v1/session");
        using var proxied = await SendAsync(server.Anonymous, HttpMethod.Get, "/api/v1/session", ("X-Forwarded-For", "203.0.113.7"));
        using var via = await SendAsync(server.Anonymous, HttpMethod.Get, "/api/v1/session", ("Via", "1.1 gate"));
        // As nginx asks unless it is told otherwise: no header of its own, and this machine as host.
        using var old = new HttpRequestMessage(HttpMethod.Get, "/api/v1/session") { Version = HttpVersion.Version10 };
        using var plainProxy = await server.Anonymous.SendAsync(old);
        using var rebound = await SendAsync(server.Anonymous, HttpMethod.Get, "/api/v1/session", ("Host", "evil.example"));
        using var foreign = await SendAsync(server.Anonymous, HttpMethod.Post, "/api/v1/jobs/failing/executions", ("Origin", "https://evil.example"));
        using var crossSite = await SendAsync(server.Anonymous, HttpMethod.Post, "/api/v1/jobs/failing/executions", ("Sec-Fetch-Site", "cross-site"));

        Assert.Equal(("local", Role.Operator), ((await local.ReadAsync(WireJson.Default.SessionView)).Actor, Role.Operator));
        await proxied.ProblemAsync(HttpStatusCode.Unauthorized);
        await via.ProblemAsync(HttpStatusCode.Unauthorized);
        await plainProxy.ProblemAsync(HttpStatusCode.Unauthorized);
        await rebound.ProblemAsync(HttpStatusCode.Unauthorized);
        Assert.Equal("urn:clutch:problem:cross-site", (await foreign.ProblemAsync(HttpStatusCode.Forbidden)).Type);
        Assert.Equal("urn:clutch:problem:cross-site", (await crossSite.ProblemAsync(HttpStatusCode.Forbidden)).Type);
        Assert.Empty((await server.Anonymous.GetAsync("/api/v1/executions", WireJson.Default.PageExecutionView)).Items);
    }

    [SkippableFact]
    public async Task A_key_from_the_command_line_opens_until_it_is_revoked_and_is_kept_as_a_hash()
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using var server = await TestServer.StartAsync(store, new() { Options = options => options.ApiKeys.RemoveAt(0) });
        var created = await RunAsync(server, "", "keys", "create", "deploy", "--role", "operator");
        using var client = server.ClientWith(created.Output.Trim());
        await Task.Delay(Credentials.Freshness, TimeProvider.System);

        var session = await client.GetAsync("/api/v1/session", WireJson.Default.SessionView);
        var twice = await RunAsync(server, "", "keys", "create", "deploy", "--role", "operator");
        await RunAsync(server, "", "keys", "revoke", "deploy");
        await Task.Delay(Credentials.Freshness, TimeProvider.System);
        using var revoked = await client.GetAsync(new Uri("/api/v1/session", UriKind.Relative));
        var keys = await server.Services.GetRequiredService<CredentialStore>().ListKeysAsync(CancellationToken.None);

        Assert.Equal(("key:deploy", Role.Operator), (session.Actor, session.Role));
        Assert.Equal(5, twice.Code);
        await revoked.ProblemAsync(HttpStatusCode.Unauthorized);
        Assert.DoesNotContain(created.Output.Trim().Split('_', 3)[2], Assert.Single(keys).SecretHash, StringComparison.Ordinal);
        var audit = await server.Operator.GetAsync("/api/v1/audit?target=key:deploy", WireJson.Default.PageAuditEntryView);
        Assert.Equal(
            [("key.revoke", AuditOutcome.Done), ("key.create", AuditOutcome.Refused), ("key.create", AuditOutcome.Done)],
            audit.Items.Select(entry => (entry.Action, entry.Outcome)));
    }

    [SkippableFact]
    public async Task Where_the_audit_log_takes_no_entry_no_key_and_no_person_changes()
    {
        await using var server = await TestServer.StartAsync(kind);
        await RunAsync(server, "", "keys", "create", "deploy", "--role", "operator");
        await RunAsync(server, Password, "users", "add", "anna", "--role", "viewer");
        await server.Services.GetRequiredService<ServerDatabase>().ChangeAsync(new Statement("DROP TABLE clutch_audit"), Rows.Affected, CancellationToken.None);

        foreach (var arguments in (string[][])[["keys", "create", "other", "--role", "viewer"], ["keys", "revoke", "deploy"], ["users", "add", "ben", "--role", "viewer"], ["users", "remove", "anna"]])
            Assert.Equal((int)ExitCode.RepositoryUnusable, (await RunAsync(server, Password, arguments)).Code);

        var credentials = server.Services.GetRequiredService<CredentialStore>();
        Assert.Null(Assert.Single(await credentials.ListKeysAsync(CancellationToken.None)).RevokedAt);
        Assert.Equal("anna", Assert.Single(await credentials.ListUsersAsync(CancellationToken.None)).Name);
    }

    [SkippableFact]
    public async Task A_person_signs_in_changes_only_with_the_token_and_signs_out()
    {
        await using var server = await TestServer.StartAsync(kind);
        Assert.Equal(0, (await RunAsync(server, Password, "users", "add", "anna", "--role", "operator")).Code);
        using var browser = new HttpClient(new HttpClientHandler { CookieContainer = new() }) { BaseAddress = server.Address };

        using var signIn = await browser.PostAsync("/api/v1/session", $$"""{"name":"anna","password":"{{Password}}"}""");
        var session = await signIn.ReadAsync(WireJson.Default.SessionView);
        using var without = await SendAsync(browser, HttpMethod.Post, "/api/v1/jobs/failing/executions");
        using var wrong = await SendAsync(browser, HttpMethod.Post, "/api/v1/jobs/failing/executions", (CrossSiteGuard.TokenHeader, "guessed"));
        using var with = await SendAsync(browser, HttpMethod.Post, "/api/v1/jobs/failing/executions", (CrossSiteGuard.TokenHeader, session.CsrfToken!));
        var whoAmI = await browser.GetAsync("/api/v1/session", WireJson.Default.SessionView);
        using var signOut = await SendAsync(browser, HttpMethod.Delete, "/api/v1/session", (CrossSiteGuard.TokenHeader, session.CsrfToken!));
        using var after = await browser.GetAsync(new Uri("/api/v1/session", UriKind.Relative));

        var cookie = Assert.Single(signIn.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("urn:clutch:problem:csrf-token", (await without.ProblemAsync(HttpStatusCode.Forbidden)).Type);
        Assert.Equal("urn:clutch:problem:csrf-token", (await wrong.ProblemAsync(HttpStatusCode.Forbidden)).Type);
        Assert.Equal(HttpStatusCode.Created, with.StatusCode);
        Assert.Equal(("user:anna", Role.Operator, session.CsrfToken), (whoAmI.Actor, whoAmI.Role, whoAmI.CsrfToken));
        Assert.Equal(HttpStatusCode.NoContent, signOut.StatusCode);
        await after.ProblemAsync(HttpStatusCode.Unauthorized);
        var launch = Assert.Single((await server.Viewer.GetAsync("/api/v1/audit?action=job.launch", WireJson.Default.PageAuditEntryView)).Items);
        Assert.Equal("user:anna", launch.Actor);
    }

    [SkippableFact]
    public async Task Guessing_is_slowed_down_for_known_and_unknown_names_alike()
    {
        await using var server = await TestServer.StartAsync(kind, new() { Options = options => options.SignIn.FailuresBeforeWait = 2 });
        await RunAsync(server, Password, "users", "add", "anna", "--role", "viewer");

        foreach (var name in (string[])["anna", "nobody"])
        {
            using var refused = await server.Anonymous.PostAsync("/api/v1/session", $$"""{"name":"{{name}}","password":"wrong"}""");
            Assert.Equal("The name or the password is wrong.", (await refused.ProblemAsync(HttpStatusCode.Unauthorized)).Detail);
        }

        using var slowed = await server.Anonymous.PostAsync("/api/v1/session", $$"""{"name":"anna","password":"{{Password}}"}""");
        await slowed.ProblemAsync(HttpStatusCode.TooManyRequests);
        Assert.True(slowed.Headers.RetryAfter?.Delta > TimeSpan.Zero);
    }

    [SkippableFact]
    public async Task Who_signs_in_lets_the_others_of_the_same_address_begin_anew()
    {
        await using var server = await TestServer.StartAsync(kind, new() { Options = options => options.SignIn.FailuresBeforeWait = 15 });
        await RunAsync(server, Password, "users", "add", "anna", "--role", "viewer");
        var right = $$"""{"name":"anna","password":"{{Password}}"}""";
        for (var round = 0; round < 2; round++)
        {
            for (var guess = 0; guess < 14; guess++)
            {
                using var wrong = await server.Anonymous.PostAsync("/api/v1/session", $$"""{"name":"guest-{{guess}}-{{round}}","password":"wrong"}""");
                Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
            }

            // Of its own, for it keeps the cookie.
            using var browser = server.ClientWith(key: null);
            using var signedIn = await browser.PostAsync("/api/v1/session", right);
            Assert.Equal(HttpStatusCode.OK, signedIn.StatusCode);
        }
    }

    [SkippableFact]
    public async Task Behind_a_proxy_that_is_believed_each_client_has_a_count_of_its_own()
    {
        await using var server = await TestServer.StartAsync(kind, new() { BelievesProxies = true, Options = options => options.SignIn.FailuresBeforeWait = 1 });
        await RunAsync(server, Password, "users", "add", "anna", "--role", "viewer");
        var right = $$"""{"name":"anna","password":"{{Password}}"}""";

        using var wrong = await SignInAsync(server, "203.0.113.7", """{"name":"guest","password":"wrong"}""");
        using var same = await SignInAsync(server, "203.0.113.7", right);
        using var other = await SignInAsync(server, "203.0.113.8", right);

        Assert.Equal(
            [HttpStatusCode.Unauthorized, HttpStatusCode.TooManyRequests, HttpStatusCode.OK],
            (HttpStatusCode[])[wrong.StatusCode, same.StatusCode, other.StatusCode]);
    }

    [SkippableFact]
    public async Task A_proxy_that_is_believed_makes_nobody_local()
    {
        await using var server = await TestServer.StartAsync(kind, new() { HasKeys = false, BelievesProxies = true });

        using var local = await SendAsync(server.Anonymous, HttpMethod.Get, "/api/v1/session");
        using var proxied = await SendAsync(server.Anonymous, HttpMethod.Get, "/api/v1/session", ("X-Forwarded-For", "127.0.0.1"));

        Assert.Equal(HttpStatusCode.OK, local.StatusCode);
        await proxied.ProblemAsync(HttpStatusCode.Unauthorized);
    }

    [SkippableFact]
    public async Task Guessing_in_a_burst_is_slowed_down_as_one_guess_after_the_other_is()
    {
        await using var server = await TestServer.StartAsync(kind);
        var options = new ClutchServerOptions();
        options.SignIn.FailuresBeforeWait = 2;
        // Its clock stands still: whoever has to wait once waits to the end.
        var signIn = ActivatorUtilities.CreateInstance<SignIn>(server.Services, new SignInThrottle(Options.Create(options), new ManualClock()));

        var answers = await Task.WhenAll(Enumerable.Range(1, 12).Select(guess =>
            signIn.TryAsync(new() { Name = "anna", Password = $"guess {guess}" }, "203.0.113.7", CancellationToken.None)));

        // Two are checked at a time: while the second failure is told, one more may be on its way.
        Assert.InRange(answers.Count(answer => answer is SignInAnswer.Wrong), 2, 3);
        Assert.All(answers, answer => Assert.True(answer is SignInAnswer.Wrong or SignInAnswer.TooMany, $"{answer}"));
    }

    [SkippableFact]
    public async Task Every_answer_tells_browsers_to_be_careful()
    {
        await using var server = await TestServer.StartAsync(kind);

        foreach (var path in (string[])["/api/v1/jobs", "/api/v1/nothing", "/health/live", "/openapi/clutch.json"])
        {
            using var response = await server.Viewer.GetAsync(new Uri(path, UriKind.Relative));
            var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
            Assert.Contains("script-src 'self'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
            Assert.Equal("DENY", Assert.Single(response.Headers.GetValues("X-Frame-Options")));
        }
    }

    [SkippableFact]
    public async Task Health_is_told_to_anybody()
    {
        await using var server = await TestServer.StartAsync(kind);

        Assert.Equal("live", await server.Anonymous.GetStringAsync(new Uri("/health/live", UriKind.Relative)));
        Assert.Equal("ready", await server.Anonymous.GetStringAsync(new Uri("/health/ready", UriKind.Relative)));
    }

    private static async Task<(int Code, string Output)> RunAsync(TestServer server, string input, params string[] arguments)
    {
        using var output = new StringWriter();
        var code = await ClutchServerCommandLine.RunClutchServerAsync(server.Application, arguments, new StringReader(input), output, TextWriter.Null);
        return (code, output.ToString());
    }

    private static async Task<HttpResponseMessage> SignInAsync(TestServer server, string client, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/session") { Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json") };
        request.Headers.Add("X-Forwarded-For", client);
        return await server.Anonymous.SendAsync(request);
    }

    private static Task<HttpResponseMessage> SendAsync(HttpClient client, HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, path);
        if (method == HttpMethod.Post)
            request.Content = new StringContent("{}", System.Text.Encoding.UTF8, "application/json");
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        return client.SendAsync(request);
    }
}

public sealed class SqliteSecurityTests() : SecurityTests(StoreKind.Sqlite);

public sealed class PostgreSqlSecurityTests() : SecurityTests(StoreKind.PostgreSql);
