using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Clutch.Client.Wire;
using Clutch.Server.Tests.Fixtures;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Server.Tests.Api;

/// <summary>What holds for every route, taken from the route table: nobody adds one that is open, or undescribed, unseen.</summary>
public abstract class RouteTableTests(StoreKind kind) : IAsyncLifetime
{
    private TestServer? _server;

    private TestServer Server => _server!;

    public async Task InitializeAsync() => _server = await TestServer.StartAsync(
        kind, new() { Services = services => services.AddSingleton<Scheduling.ISchedules, NoSchedules>() });

    public async Task DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }

    [SkippableFact]
    public async Task Every_route_asks_for_credentials()
    {
        foreach (var (method, path) in Routes().Where(route => route is not ("POST", "/api/v1/session/")))
        {
            using var without = await SendAsync(Server.Anonymous, method, path, "{}");
            await without.ProblemAsync(HttpStatusCode.Unauthorized);
            using var stranger = Server.ClientWith("clutch_0123456789ab_wrong");
            using var wrong = await SendAsync(stranger, method, path, "{}");
            await wrong.ProblemAsync(HttpStatusCode.Unauthorized);
        }
    }

    [SkippableFact]
    public async Task Every_change_asks_for_an_operator()
    {
        var changes = Routes().Where(route => route.Method is not "GET" && route is not (_, "/api/v1/session/" or "/api/v1/schedules/preview")).ToList();

        Assert.True(changes.Count >= 18, $"Only {changes.Count} changes.");
        foreach (var (method, path) in changes)
        {
            using var response = await SendAsync(Server.Viewer, method, path, """{"reason":"a test"}""");
            Assert.Equal("urn:clutch:problem:forbidden", (await response.ProblemAsync(HttpStatusCode.Forbidden)).Type);
        }
    }

    [SkippableFact]
    public async Task Every_body_that_does_not_fit_is_refused()
    {
        foreach (var (method, path) in Routes().Where(route => route.Method is "POST" or "PUT"))
        {
            foreach (var body in (string[])["", "{", "[]", "null", "{\"reason\":7,\"parameters\":7,\"payload\":7,\"name\":7}"])
            {
                using var response = await SendAsync(Server.Operator, method, path, body);
                var problem = await response.ProblemAsync(HttpStatusCode.BadRequest);
                Assert.False(string.IsNullOrEmpty(problem.Detail));
            }

            using var text = new HttpRequestMessage(new(method), path) { Content = new StringContent("reason=x", Encoding.UTF8, "application/x-www-form-urlencoded") };
            using var unsupported = await Server.Operator.SendAsync(text);
            await unsupported.ProblemAsync(HttpStatusCode.UnsupportedMediaType);
        }
    }

    [SkippableFact]
    public async Task Text_that_no_database_keeps_is_refused_by_every_route()
    {
        foreach (var (method, path) in Routes())
        {
            using var address = await SendAsync(Server.Operator, method, $"{path}?job=a%00b", "{}");
            await RefusedAsync(address, $"{method} {path}?job");
            foreach (var text in method is "POST" or "PUT" ? (string[])[@"\u0000", @"\\\u0000", @"\ud800", @"\udc00\ud800"] : [])
            {
                using var body = await SendAsync(Server.Operator, method, path, $$"""{"parameters":{"a":"{{text}}"},"reason":"{{text}}"}""");
                await RefusedAsync(body, $"{method} {path} {text}");
            }
        }

        using var name = await Server.Anonymous.PostAsync("/api/v1/session", """{"name":"anna\u0000","password":"a"}""");
        await RefusedAsync(name, "sign-in");
        using var marked = await Server.Operator.PostAsync("/api/v1/jobs/quick/executions", "\uFEFF" + """{"parameters":{"date":"2026-11-29"},"reason":"a\u0000b"}""");
        await RefusedAsync(marked, "after a byte order mark");

        static async Task RefusedAsync(HttpResponseMessage response, string what)
        {
            Assert.True(response.StatusCode is HttpStatusCode.BadRequest, $"{what}: {(int)response.StatusCode}");
            Assert.Contains("U+0000", (await response.ProblemAsync(HttpStatusCode.BadRequest)).Detail, StringComparison.Ordinal);
        }
    }

    [SkippableTheory]
    [InlineData(@"a\\u0000", "a\\u0000")]
    [InlineData(@"\ud83d\ude00 \u00e9", "\U0001F600 é")]
    public async Task Text_that_only_looks_so_is_taken(string text, string kept)
    {
        using var launched = await Server.Operator.PostAsync("/api/v1/jobs/quick/executions", $$"""{"parameters":{"date":"2026-11-29"},"reason":"{{text}}"}""");

        Assert.Equal(HttpStatusCode.Created, launched.StatusCode);
        var audit = await Server.Viewer.GetAsync("/api/v1/audit?target=job:quick", WireJson.Default.PageAuditEntryView);
        Assert.Equal(kept, audit.Items[0].Reason);
    }

    [SkippableFact]
    public async Task A_body_in_another_encoding_than_utf_8_is_refused()
    {
        using var body = new StringContent("""{"name":"anna\u0000","password":"a"}""", Encoding.Unicode, "application/json");

        using var response = await Server.Anonymous.PostAsync(new Uri("/api/v1/session", UriKind.Relative), body);

        await response.ProblemAsync(HttpStatusCode.UnsupportedMediaType);
    }

    [SkippableFact]
    public async Task Every_reason_too_short_is_told_beside_its_field()
    {
        foreach (var path in (string[])["/api/v1/executions/1/stop", "/api/v1/executions/1/restart", "/api/v1/executions/1/abandon", "/api/v1/schedules/x/pause"])
        {
            using var response = await Server.Operator.PostAsync(path, """{"reason":"x"}""");
            Assert.Contains((await response.ProblemAsync(HttpStatusCode.BadRequest)).Errors!.Keys, key => key.Equals("reason", StringComparison.OrdinalIgnoreCase));
        }
    }

    [SkippableFact]
    public async Task Every_parameter_out_of_range_is_refused()
    {
        string[] wrong =
        [
            "/api/v1/executions?limit=0", "/api/v1/executions?limit=501", "/api/v1/executions?limit=many", "/api/v1/executions?status=Nothing", "/api/v1/executions?status=99",
            "/api/v1/executions?before=0", "/api/v1/executions?from=yesterday", "/api/v1/executions/1/steps?limit=1001", "/api/v1/executions/1/steps?after=-1",
            "/api/v1/dead-letters?limit=0", "/api/v1/dead-letters?status=x", "/api/v1/dead-letters/export?format=xml", "/api/v1/audit?limit=0", "/api/v1/audit?before=-1",
            "/api/v1/statistics/jobs?runs=0", "/api/v1/statistics/jobs?runs=101", "/api/v1/statistics/jobs/quick?runs=0", "/api/v1/schedules/firings?limit=501",
            $"/api/v1/executions?job={new string('x', 201)}",
        ];

        foreach (var path in wrong)
        {
            using var response = await Server.Viewer.GetAsync(new Uri(path, UriKind.Relative));
            Assert.True(response.StatusCode is HttpStatusCode.BadRequest, $"{path}: {(int)response.StatusCode}");
            await response.ProblemAsync(HttpStatusCode.BadRequest);
        }
    }

    [SkippableFact]
    public async Task What_is_not_there_is_told_as_such()
    {
        string[] absent =
        [
            "/api/v1/jobs/nothing", "/api/v1/executions/4711", "/api/v1/executions/0", "/api/v1/executions/x", "/api/v1/executions/4711/steps", "/api/v1/executions/4711/progress",
            "/api/v1/executions/4711/events", "/api/v1/dead-letters/4711", "/api/v1/dead-letters?execution=4711", "/api/v1/dead-letters/export?execution=4711", "/api/v1/statistics/jobs/nothing",
            "/api/v1/schedules/nothing", "/api/v1/outbox", "/api/v1/nothing",
        ];

        foreach (var path in absent)
        {
            using var response = await Server.Viewer.GetAsync(new Uri(path, UriKind.Relative));
            await response.ProblemAsync(HttpStatusCode.NotFound);
        }

        foreach (var path in (string[])["/api/v1/jobs/nothing/executions", "/api/v1/executions/4711/stop", "/api/v1/executions/4711/restart", "/api/v1/executions/4711/abandon", "/api/v1/schedules/nothing/run"])
        {
            using var response = await Server.Operator.PostAsync(path, """{"reason":"a test"}""");
            await response.ProblemAsync(HttpStatusCode.NotFound);
        }

        using var redrive = await Server.Operator.PostAsync("/api/v1/dead-letters/redrive", """{"executionId":4711,"step":"load"}""");
        await redrive.ProblemAsync(HttpStatusCode.NotFound);
        using var method = await SendAsync(Server.Operator, "DELETE", "/api/v1/jobs", "{}");
        await method.ProblemAsync(HttpStatusCode.MethodNotAllowed);
    }

    [SkippableFact]
    public async Task The_description_names_every_route_and_no_other()
    {
        using var document = JsonDocument.Parse(await Server.Viewer.GetStringAsync(new Uri("/openapi/clutch.json", UriKind.Relative)));

        var described = document.RootElement.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(operation => $"{operation.Name.ToUpperInvariant()} {path.Name.TrimEnd('/')}"));
        var mapped = Endpoints().SelectMany(endpoint => MethodsOf(endpoint).Select(method => $"{method} {WithoutConstraints(endpoint.RoutePattern.RawText!).TrimEnd('/')}"));
        Assert.Equal(mapped.Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
        foreach (var operation in document.RootElement.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject()))
        {
            Assert.True(operation.Value.TryGetProperty("operationId", out _), operation.Name);
            Assert.False(string.IsNullOrEmpty(operation.Value.GetProperty("summary").GetString()));
            Assert.True(operation.Value.GetProperty("responses").TryGetProperty("401", out _));
        }

        var status = document.RootElement.GetProperty("components").GetProperty("schemas").GetProperty("ExecutionStatus");
        Assert.Contains(status.GetProperty("enum").EnumerateArray(), value => value.GetString() == "Completed");
    }

    private static string WithoutConstraints(string pattern) => Regex.Replace(pattern, ":[^}]+", string.Empty, RegexOptions.ExplicitCapture);

    private static IReadOnlyList<string> MethodsOf(RouteEndpoint endpoint) => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? [];

    private static Task<HttpResponseMessage> SendAsync(HttpClient client, string method, string path, string body)
    {
        var request = new HttpRequestMessage(new(method), path);
        if (method is not "GET")
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        return client.SendAsync(request);
    }

    private IEnumerable<RouteEndpoint> Endpoints() => Server.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
        .Where(endpoint => endpoint.RoutePattern.RawText?.StartsWith("/api/v1/", StringComparison.Ordinal) == true);

    private List<(string Method, string Path)> Routes()
    {
        var routes = Endpoints().SelectMany(endpoint => MethodsOf(endpoint).Select(method => (method, PathOf(endpoint)))).ToList();
        Assert.True(routes.Count >= 40, $"Only {routes.Count} routes.");
        return routes;
    }

    private static string PathOf(RouteEndpoint endpoint) => Regex.Replace(endpoint.RoutePattern.RawText!, @"\{[^}]*\}", match => match.Value.StartsWith("{id", StringComparison.Ordinal) ? "1" : "x");
}

public sealed class SqliteRouteTableTests() : RouteTableTests(StoreKind.Sqlite);

public sealed class PostgreSqlRouteTableTests() : RouteTableTests(StoreKind.PostgreSql);
