using System.Collections.Concurrent;
using System.Net;
using Clutch.Client.Wire;
using Clutch.Relational;
using Clutch.Server.Tests.Fixtures;
using Clutch.Server.Tests.Schedules;
using Clutch.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Clutch.Server.Tests.Alerts;

/// <summary>When an alert is told, and when it is not.</summary>
public abstract class AlertTellingTests(StoreKind kind) : IAsyncLifetime
{
    private readonly ManualClock _clock = new(TimeProvider.System.GetUtcNow());
    private HttpSink? _http;
    private TestServer? _server;

    private HttpSink Http => _http!;

    private TestServer Server => _server!;

    public async Task InitializeAsync()
    {
        _http = await HttpSink.StartAsync();
        _server = await TestServer.StartAsync(kind, new()
        {
            Options = options =>
            {
                options.Alerts.Interval = TimeSpan.FromMinutes(10);
                options.Alerts.Webhooks.Add(new() { Name = "ops", Url = Http.Address });
            },
        });
    }

    public async Task DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        if (_http is not null)
            await _http.DisposeAsync();
    }

    [SkippableFact]
    public async Task An_open_alert_is_told_again_after_four_hours_an_acknowledged_one_is_not()
    {
        var alert = await FailAsync();
        await LookAfterAsync(TimeSpan.FromHours(3));
        Assert.Single(await Server.Viewer.DeliveredAsync(alert.Id, 1));
        await LookAfterAsync(TimeSpan.FromHours(1.1));
        await Server.Viewer.DeliveredAsync(alert.Id, 2);
        using var acknowledged = await Server.Operator.PostAsync($"/api/v1/alerts/{alert.Id}/acknowledge", """{"reason":"I am on it"}""");
        var view = await acknowledged.ReadAsync(WireJson.Default.AlertView);
        await LookAfterAsync(TimeSpan.FromHours(5));

        Assert.Equal((AlertState.Acknowledged, "key:tests-operator"), (view.State, view.AcknowledgedBy));
        await Server.Viewer.DeliveredAsync(alert.Id, 2);
        Assert.Equal([AlertNoticeKind.Fired, AlertNoticeKind.Repeated], Http.Requests.Select(request => request.Notice.Kind));
        using var again = await Server.Operator.PostAsync($"/api/v1/alerts/{alert.Id}/acknowledge", """{"reason":"me too"}""");
        await again.ProblemAsync(HttpStatusCode.Conflict);
    }

    [SkippableFact]
    public async Task A_silence_keeps_alerts_until_it_ends_and_knows_who_asked_for_it()
    {
        using var created = await Server.Operator.PostAsync("/api/v1/alerts/silences", """{"job":"failing","minutes":60,"reason":"the source is being moved"}""");
        var silence = await created.ReadAsync(WireJson.Default.AlertSilenceView);
        var alert = await FailAsync();
        await Server.LookAsync(_clock.GetUtcNow());

        Assert.Null(alert.NotifiedAt);
        Assert.Equal(silence.EndsAt, alert.SilencedUntil);
        Assert.Equal(("key:tests-operator", "the source is being moved"), (silence.Author, silence.Reason));
        Assert.Empty(await Server.Viewer.DeliveriesAsync(alert.Id));
        await LookAfterAsync(TimeSpan.FromMinutes(61));
        await Server.Viewer.DeliveredAsync(alert.Id, 1);
        Assert.Equal(AlertNoticeKind.Fired, Assert.Single(Http.Requests).Notice.Kind);
    }

    [SkippableFact]
    public async Task A_silence_that_is_ended_by_hand_lets_the_alert_be_told()
    {
        using var created = await Server.Operator.PostAsync("/api/v1/alerts/silences", """{"minutes":60,"reason":"a quiet hour"}""");
        var silence = await created.ReadAsync(WireJson.Default.AlertSilenceView);
        var alert = await FailAsync();
        using var ended = await Server.Operator.PostAsync($"/api/v1/alerts/silences/{silence.Id}/end", """{"reason":"enough"}""");
        await ended.ReadAsync(WireJson.Default.AlertSilenceView);
        await LookAfterAsync(TimeSpan.FromMinutes(5));

        await Server.Viewer.DeliveredAsync(alert.Id, 1);
        Assert.Empty(await Server.Viewer.GetAsync("/api/v1/alerts/silences", WireJson.Default.IReadOnlyListAlertSilenceView));
    }

    [SkippableFact]
    public async Task What_recovers_in_silence_is_not_told()
    {
        using var created = await Server.Operator.PostAsync("/api/v1/alerts/silences", """{"rule":"Failed","minutes":60,"reason":"a quiet hour"}""");
        var alert = await FailAsync();
        Server.Jobs.Mend();
        using var restarted = await Server.Operator.PostAsync($"/api/v1/executions/{alert.ExecutionId}/restart", """{"reason":"mended"}""");
        await Server.Viewer.EndAsync((await restarted.ReadAsync(WireJson.Default.LaunchAnswer)).Execution.Id);
        await Server.LookAsync(_clock.GetUtcNow());

        Assert.Equal(AlertState.Resolved, Assert.Single(await Server.Viewer.AlertsAsync()).State);
        Assert.Empty(await Server.Viewer.DeliveriesAsync(alert.Id));
    }

    [SkippableFact]
    public async Task That_what_was_told_is_over_is_told_in_silence_too()
    {
        var alert = await FailAsync();
        await Server.Viewer.DeliveredAsync(alert.Id, 1);
        using var created = await Server.Operator.PostAsync("/api/v1/alerts/silences", """{"minutes":60,"reason":"a quiet hour"}""");
        Server.Jobs.Mend();
        using var restarted = await Server.Operator.PostAsync($"/api/v1/executions/{alert.ExecutionId}/restart", """{"reason":"mended"}""");
        await Server.Viewer.EndAsync((await restarted.ReadAsync(WireJson.Default.LaunchAnswer)).Execution.Id);
        await Server.LookAsync(_clock.GetUtcNow());

        await Server.Viewer.DeliveredAsync(alert.Id, 2);
        Assert.Equal([AlertNoticeKind.Fired, AlertNoticeKind.Recovered], Http.Requests.Select(request => request.Notice.Kind));
    }

    [SkippableFact]
    public async Task A_target_that_is_named_later_hears_of_what_is_still_open()
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using (var silent = await TestServer.StartAsync(store, new() { Options = options => options.Alerts.Interval = TimeSpan.FromMinutes(10) }))
        {
            await silent.Viewer.EndAsync((await silent.Operator.LaunchAsync("failing")).Id);
            await silent.LookAsync(_clock.GetUtcNow());
            Assert.Null(Assert.Single(await silent.Viewer.AlertsAsync()).NotifiedAt);
        }

        await using var telling = await TestServer.StartAsync(store, new() { Options = options => options.Alerts.Webhooks.Add(new() { Name = "ops", Url = Http.Address }) });
        var alert = await telling.LookUntilAsync(alert => alert.NotifiedAt is not null);

        await telling.Viewer.DeliveredAsync(alert.Id, 1);
        Assert.Equal(AlertNoticeKind.Fired, Assert.Single(Http.Requests).Notice.Kind);
    }

    [SkippableFact]
    public async Task A_look_that_comes_to_nothing_is_not_written_to_the_log()
    {
        var log = new KeptLog();
        await using var server = await TestServer.StartAsync(kind, new()
        {
            Options = options => options.Alerts.Interval = TimeSpan.FromMinutes(10),
            Services = services => services.AddSingleton<ILoggerProvider>(log),
        });
        await server.Viewer.EndAsync((await server.Operator.LaunchAsync("failing")).Id);
        await Poll.UntilAsync(() => server.LookAsync(), isDone => isDone);
        Assert.Single(log.Events, name => name == "AlertOpened");
        await server.Viewer.EndAsync((await server.Operator.LaunchAsync("failing", """{"n":"2"}""")).Id);
        await server.Services.GetRequiredService<RelationalDatabase>().ChangeAsync(new("DROP TABLE clutch_alert_silence"), Rows.Affected, CancellationToken.None);

        await Assert.ThrowsAnyAsync<Exception>(() => server.LookAsync());

        Assert.Single(log.Events, name => name == "AlertOpened");
    }

    // The failures are there before anything looks: the look that a server begins with comes when it comes.
    [SkippableFact]
    public async Task A_burst_of_one_job_is_one_message()
    {
        await using var store = await TestStore.CreateAsync(kind);
        await using (var blind = await TestServer.StartAsync(store, new() { Options = options => options.Alerts.Rules.Failed.IsEnabled = false }))
        {
            for (var number = 1; number <= 3; number++)
                await blind.Viewer.EndAsync((await blind.Operator.LaunchAsync("failing", $$"""{"n":"{{number}}"}""")).Id);
        }

        await using var telling = await TestServer.StartAsync(store, new() { Options = options => options.Alerts.Webhooks.Add(new() { Name = "ops", Url = Http.Address }) });
        var alert = await telling.LookUntilAsync(alert => alert.NotifiedAt is not null);
        await telling.Viewer.DeliveredAsync(alert.Id, 1);

        Assert.Equal(3, (await telling.Viewer.AlertsAsync()).Count);
        var notice = Assert.Single(Http.Requests).Notice;
        Assert.Equal(3, notice.Count);
        Assert.Equal("3 alerts of rule Failed for job 'failing'.", notice.Title);
    }

    [SkippableFact]
    public async Task Wrong_input_is_refused()
    {
        foreach (var (path, body, status) in new (string, string, HttpStatusCode)[]
        {
            ("/api/v1/alerts/4711/acknowledge", """{"reason":"a test"}""", HttpStatusCode.NotFound),
            ("/api/v1/alerts/silences", """{"alert":4711,"minutes":5,"reason":"a test"}""", HttpStatusCode.NotFound),
            ("/api/v1/alerts/silences", """{"minutes":0,"reason":"a test"}""", HttpStatusCode.BadRequest),
            ("/api/v1/alerts/silences", """{"minutes":50000,"reason":"a test"}""", HttpStatusCode.BadRequest),
            ("/api/v1/alerts/silences", """{"minutes":5,"reason":"x"}""", HttpStatusCode.BadRequest),
            ("/api/v1/alerts/silences", """{"rule":"Nothing","minutes":5,"reason":"a test"}""", HttpStatusCode.BadRequest),
            ("/api/v1/alerts/silences/4711/end", """{"reason":"a test"}""", HttpStatusCode.NotFound),
            ("/api/v1/alerts/test", """{"target":"nobody"}""", HttpStatusCode.NotFound),
        })
        {
            using var response = await Server.Operator.PostAsync(path, body);
            await response.ProblemAsync(status);
        }

        foreach (var path in (string[])["/api/v1/alerts?state=Nothing", "/api/v1/alerts?rule=99", "/api/v1/alerts?limit=0", "/api/v1/alerts?before=0"])
        {
            using var response = await Server.Viewer.GetAsync(new Uri(path, UriKind.Relative));
            await response.ProblemAsync(HttpStatusCode.BadRequest);
        }
    }

    private async Task<AlertView> FailAsync()
    {
        await Server.Viewer.EndAsync((await Server.Operator.LaunchAsync("failing")).Id);
        await Server.LookAsync(_clock.GetUtcNow());
        return Assert.Single(await Server.Viewer.AlertsAsync());
    }

    private async Task LookAfterAsync(TimeSpan span)
    {
        _clock.Advance(span);
        await Server.LookAsync(_clock.GetUtcNow());
    }

    private sealed class KeptLog : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string?> Events { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Events.Enqueue(eventId.Name);

        public void Dispose()
        {
        }
    }
}

public sealed class SqliteAlertTellingTests() : AlertTellingTests(StoreKind.Sqlite);

public sealed class PostgreSqlAlertTellingTests() : AlertTellingTests(StoreKind.PostgreSql);
