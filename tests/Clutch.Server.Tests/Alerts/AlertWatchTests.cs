using System.Net;
using Clutch.Client.Wire;
using Clutch.Relational;
using Clutch.Server.Alerts;
using Clutch.Server.Tests.Fixtures;
using Clutch.Server.Tests.Schedules;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Clutch.Server.Tests.Alerts;

/// <summary>What a watcher outside hears when alerts do not work, and that a load balancer hears nothing of it.</summary>
public abstract class AlertWatchTests(StoreKind kind)
{
    [SkippableFact]
    public async Task A_watcher_hears_that_nobody_has_looked_for_long()
    {
        await using var server = await StartAsync();
        await Poll.UntilAsync(() => server.LookAsync(), isDone => isDone);
        var well = await AskAsync(server);

        await ChangeAsync(server, "UPDATE clutch_server_lease SET done_at = @past");

        Assert.Equal((HttpStatusCode.OK, "alerts work"), well);
        var (status, words) = await AskAsync(server);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.StartsWith("nobody has looked at all rules for ", words, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server, "/health/ready"));
    }

    [SkippableFact]
    public async Task A_look_in_which_a_rule_fails_does_not_count()
    {
        await using var server = await StartAsync(services =>
        {
            services.RemoveAll<IAlertRule>();
            services.AddSingleton<IAlertRule, TornRule>();
        });
        await Poll.UntilAsync(() => server.LookAsync(), isDone => isDone);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "nobody has looked at all rules yet"), await AskAsync(server));
    }

    [SkippableFact]
    public async Task A_watcher_hears_of_a_message_that_cannot_be_sent()
    {
        await using var server = await StartAsync(options: options => options.Alerts.Webhooks.Add(new() { Name = "ops", Url = new("http://127.0.0.1:1/") }));
        await server.Viewer.EndAsync((await server.Operator.LaunchAsync("failing")).Id);
        await server.LookUntilAsync(alert => alert.NotifiedAt is not null);
        var early = await AskAsync(server);

        await ChangeAsync(server, "UPDATE clutch_outbox_message SET created_at = @past");

        Assert.Equal(HttpStatusCode.OK, early.Status);
        var (status, words) = await AskAsync(server);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.StartsWith("a message has waited for ", words, StringComparison.Ordinal);
    }

    private Task<TestServer> StartAsync(Action<IServiceCollection>? services = null, Action<ClutchServerOptions>? options = null) => TestServer.StartAsync(kind, new()
    {
        Services = services,
        Options = server =>
        {
            server.Alerts.Interval = TimeSpan.FromMinutes(10);
            options?.Invoke(server);
        },
    });

    private static async Task ChangeAsync(TestServer server, string text) => await server.Services.GetRequiredService<RelationalDatabase>().ChangeAsync(
        new Statement(text).With("past", TimeProvider.System.GetUtcNow().AddHours(-2)), Rows.Affected, CancellationToken.None);

    private static async Task<(HttpStatusCode Status, string Words)> AskAsync(TestServer server)
    {
        using var answer = await server.Anonymous.GetAsync(new Uri("/health/alerts", UriKind.Relative));
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static async Task<HttpStatusCode> StatusAsync(TestServer server, string path)
    {
        using var answer = await server.Anonymous.GetAsync(new Uri(path, UriKind.Relative));
        return answer.StatusCode;
    }

    private sealed class TornRule : IAlertRule
    {
        public AlertRule Rule => AlertRule.Failed;

        public bool IsEnabled => true;

        public Task<IReadOnlyList<AlertFinding>> FindAsync(AlertLook look, CancellationToken cancellationToken) => throw new InvalidDataException("The rule is torn.");
    }
}

public sealed class SqliteAlertWatchTests() : AlertWatchTests(StoreKind.Sqlite);

public sealed class PostgreSqlAlertWatchTests() : AlertWatchTests(StoreKind.PostgreSql);
