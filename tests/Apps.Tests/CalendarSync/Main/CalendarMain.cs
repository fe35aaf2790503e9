using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using CalendarSync.Accounts;
using CalendarSync.Events;
using CalendarSync.Hosting;
using CalendarSync.Storage;
using CalendarSync.Subscriptions;
using Clutch.Ical.Components;
using Clutch.Ical.Reading;
using Clutch.Ical.Zones;
using Clutch.Relational;
using Clutch.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NodaTime;

namespace Apps.Tests.CalendarSync.Main;

/// <summary>The main server on a real socket, with a clock the test moves and an outside world that answers as ordered.</summary>
internal sealed class CalendarMain : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly CalendarStorage _storage;

    private CalendarMain(WebApplication app, CalendarStorage storage, OrderedLook look, ManualClock clock, LogLines log)
    {
        (_app, _storage, Look, Clock, Log) = (app, storage, look, clock, log);
        Address = new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
    }

    public Uri Address { get; }

    public OrderedLook Look { get; }

    public ManualClock Clock { get; }

    public LogLines Log { get; }

    public RelationalDatabase Database => _app.Services.GetRequiredService<RelationalDatabase>();

    public IServiceProvider Services => _app.Services;

    public static async Task<CalendarMain> StartAsync(CalendarStore store = CalendarStore.Sqlite, params string[] settings)
    {
        var (storage, look, clock, log) = (await CalendarStorage.CreateAsync(store), new OrderedLook(), new ManualClock(new(2026, 3, 10, 8, 0, 0, TimeSpan.Zero)), new LogLines());
        var app = CalendarHost.Build(CalendarRole.Main, ["--urls", "http://127.0.0.1:0", .. storage.Settings, .. settings], builder =>
        {
            builder.Services.AddSingleton<TimeProvider>(clock);
            builder.Services.AddSingleton<IFirstLook>(look);
            builder.Services.AddSingleton<IStartupFilter, TalkingRequests>();
            builder.Logging.ClearProviders().AddProvider(log);
        });
        await app.StartAsync();
        return new(app, storage, look, clock, log);
    }

    /// <summary>Adds a user and answers a client that is signed in with the token.</summary>
    public async Task<CalendarClient> AddUserAsync(string name, string zone = "Europe/Berlin", bool isAdmin = false)
    {
        var users = _app.Services.GetRequiredService<UserStore>();
        var user = (await users.CreateAsync(name, zone, isAdmin, CancellationToken.None))!;
        return new(Address, user.Id, (await users.AddTokenAsync(user.Id, "test", CancellationToken.None)).Text);
    }

    /// <summary>Stores a feed's events as the import does, at the feed of a subscription.</summary>
    public async Task ImportAsync(long subscriptionId, string calendar, string state = "ok")
    {
        var feedId = (await Database.QueryAsync(
            new Statement("SELECT CAST(feed_id AS TEXT) FROM calendar_subscription WHERE id = @id").With("id", subscriptionId), Rows.Text, CancellationToken.None))!;
        var read = CalendarReader.Read(Encoding.UTF8.GetBytes(calendar.ReplaceLineEndings("\r\n")));
        Assert.NotEqual(ReadVerdict.Reject, read.Verdict);
        var zones = ZoneResolver.For(read.Calendars[0], DateTimeZone.Utc);
        var steps = new StepBudget(EventWindow.MostSteps);
        ImportedEvent[] rows = [.. read.Events.Select(single => ImportedEvent.Of(long.Parse(feedId), single, HashOf(single), zones, new ArrayBufferWriter<byte>(), steps)!)];
        await using var session = await Database.OpenSessionAsync(CancellationToken.None);
        await session.BeginAsync(CancellationToken.None);
        await session.RunAsync(new Statement("DELETE FROM calendar_feed_event WHERE feed_id = @feed").With("feed", long.Parse(feedId)), Rows.Affected, CancellationToken.None);
        await session.Bulk.InsertAsync<ImportedEvent>(ImportedEvent.Table, rows, CancellationToken.None);
        var update = new Statement("UPDATE calendar_feed SET state = @state, event_count = @count, succeeded_at = @now, checked_at = @now, custom_zones = @zones WHERE id = @feed")
            .With("state", state).With("count", rows.Length).With("now", Clock.GetUtcNow()).With("feed", long.Parse(feedId)).With("zones", ZonesOf(read.Calendars[0]));
        await session.RunAsync(update, Rows.Affected, CancellationToken.None);
        await session.CommitAsync(CancellationToken.None);
    }

    public async Task ExecuteAsync(string sql) => await Database.ChangeAsync(new Statement(sql), Rows.Affected, CancellationToken.None);

    public async Task<long> CountAsync(string from) =>
        (await Database.QueryAsync(new Statement($"SELECT count(*) FROM {from}"), Rows.All(row => row.GetInt64(0)), CancellationToken.None))[0];

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
        _storage.Dispose();
    }

    private static string? ZonesOf(Calendar calendar)
    {
        var zones = string.Concat(calendar.TimeZones.Select(zone => Encoding.UTF8.GetString(global::Clutch.Ical.Writing.CalendarWriter.ToBytes(zone))));
        return zones.Length == 0 ? null : zones;
    }

    private static ContentHash HashOf(CalendarEvent single) => ContentHash.Of(global::Clutch.Ical.Writing.CalendarWriter.ToBytes(single));
}

/// <summary>A first look that answers as the test ordered, and remembers what it was asked.</summary>
internal sealed class OrderedLook : IFirstLook
{
    public FirstLook Answer { get; set; } = new() { DisplayName = "Holidays", EventCount = 3 };

    public ConcurrentQueue<Uri> Asked { get; } = [];

    /// <summary>What looks wait for before they answer.</summary>
    public Task Hold { get; set; } = Task.CompletedTask;

    public async Task<FirstLook> LookAsync(Uri address, CancellationToken cancellationToken)
    {
        Asked.Enqueue(address);
        await Hold;
        return Answer;
    }
}

/// <summary>A user's client of the API.</summary>
internal sealed class CalendarClient : IDisposable
{
    public CalendarClient(Uri address, long userId, string token)
    {
        (UserId, Token) = (userId, token);
        Http = new(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = address };
        Http.DefaultRequestHeaders.Authorization = new("Bearer", token);
    }

    public HttpClient Http { get; }

    public long UserId { get; }

    public string Token { get; }

    public async Task<JsonNode> PostAsync(string path, object body)
    {
        using var answer = await Http.PostAsJsonAsync($"/api/v1/{path}", body);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{answer.StatusCode}: {text}");
        return JsonNode.Parse(text)!;
    }

    public async Task<JsonNode> GetAsync(string path) => JsonNode.Parse(await Http.GetStringAsync($"/api/v1/{path}"))!;

    public async Task<HttpStatusCode> SendAsync(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, $"/api/v1/{path}") { Content = body is null ? null : JsonContent.Create(body) };
        using var answer = await Http.SendAsync(request);
        return answer.StatusCode;
    }

    /// <summary>What is wrong with a body, by field.</summary>
    public async Task<JsonObject> RefusedAsync(string path, object body)
    {
        using var answer = await Http.PostAsJsonAsync($"/api/v1/{path}", body);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["errors"]!.AsObject();
    }

    /// <summary>Adds an event and answers its id.</summary>
    public async Task<long> AddEventAsync(object body) => (long)(await PostAsync("events", body))["id"]!;

    /// <summary>Subscribes and answers the subscription's id.</summary>
    public async Task<long> SubscribeAsync(string url, string? label = null, string? color = null) => (long)(await PostAsync("subscriptions", new { url, label, color }))["id"]!;

    /// <summary>Opens an export feed and answers its id and address.</summary>
    public async Task<(long Id, string Url)> OpenExportAsync(string label = "Shifts")
    {
        var opened = await PostAsync("exports", new { label });
        return ((long)opened["id"]!, (string)opened["url"]!);
    }

    /// <summary>Titles and starts in a range.</summary>
    public async Task<IReadOnlyList<string>> ListOccurrencesAsync(string from, string to)
    {
        var list = await GetAsync($"occurrences?from={from}&to={to}");
        return [.. list["items"]!.AsArray().Select(item => $"{item!["start"]} {item["title"]}")];
    }

    public void Dispose() => Http.Dispose();
}

/// <summary>Logs a line within each request: what else is logged there depends on the levels.</summary>
internal sealed class TalkingRequests(ILogger<TalkingRequests> logger) : IStartupFilter
{
    public const string Line = "A request came.";

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use((context, following) =>
        {
            logger.Log(LogLevel.Information, default, Line, null, (line, _) => line);
            return following(context);
        });
        next(app);
    };
}

/// <summary>All that was logged, with the scopes around it, to look for what must not be there.</summary>
[ProviderAlias("Lines")]
internal sealed class LogLines : ILoggerProvider, ILogger, ISupportExternalScope
{
    private readonly ConcurrentQueue<string> _lines = [];
    private IExternalScopeProvider _scopes = new LoggerExternalScopeProvider();

    public string All => string.Join('\n', _lines);

    public ILogger CreateLogger(string categoryName) => this;

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => _scopes.Push(state);

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue($"{logLevel}: {formatter(state, exception)} {exception} {ScopesText()}");

    private string ScopesText()
    {
        var text = new StringBuilder();
        _scopes.ForEachScope(static (scope, all) => all.Append(" => ").Append(scope), text);
        return text.ToString();
    }

    public void Dispose()
    {
    }
}
