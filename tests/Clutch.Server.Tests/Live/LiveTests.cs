using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json;
using Clutch.Client.Wire;
using Clutch.Server.Live;
using Clutch.Server.Security;
using Clutch.Server.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Server.Tests.Live;

/// <summary>Live streams: what they tell, how they go on after a break, and what many of them cost.</summary>
public abstract class LiveTests(StoreKind kind)
{
    [SkippableFact]
    public async Task A_stream_tells_progress_and_the_end_and_then_is_over()
    {
        await using var server = await TestServer.StartAsync(kind);
        var launched = await server.Operator.LaunchAsync("waiting");

        var seen = new List<SseItem<string>>();
        await foreach (var item in ReadAsync(server, $"/api/v1/executions/{launched.Id}/events"))
        {
            seen.Add(item);
            if (item.EventType == "progress" && Progress(item).Steps is [{ Counts.Commits: >= 3 }])
                server.Jobs.Release();
        }

        Assert.Equal("heartbeat", seen[0].EventType);
        Assert.Contains(seen, item => item.EventType == "progress");
        var last = Progress(seen[^1]);
        Assert.Equal(("ended", ExecutionStatus.Completed, 100), (seen[^1].EventType, last.Status, last.Steps[0].Counts.Read));
    }

    [SkippableFact]
    public async Task A_stream_goes_on_after_the_event_that_was_seen_last()
    {
        await using var server = await TestServer.StartAsync(kind);
        var launched = await server.Operator.LaunchAsync("waiting");
        var path = $"/api/v1/executions/{launched.Id}/events";
        var first = await FirstAsync(server, path, item => item.EventType == "progress" && Progress(item).Steps is [{ Counts.Commits: >= 3 }]);
        // Somebody else goes on watching, so the server sees the end while this one is away.
        var other = Task.Run(async () => await FirstAsync(server, path, item => item.EventType == "ended"));
        await UntilAsync(() => server.Services.GetRequiredService<LiveHub>().WatchCount == 1);
        server.Jobs.Release();
        await other;

        var resumed = await CollectAsync(server, path, first.EventId);
        var over = await SendAsync(server, path, resumed[^1].EventId);

        Assert.DoesNotContain(resumed, item => item.EventId == first.EventId);
        Assert.Equal("ended", resumed[^1].EventType);
        Assert.Equal(resumed.Count, resumed.Select(item => item.EventId).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(HttpStatusCode.NoContent, over.StatusCode);
    }

    [SkippableFact]
    public async Task An_id_of_another_process_gets_the_latest_state()
    {
        await using var server = await TestServer.StartAsync(kind);
        var launched = await server.Operator.LaunchAsync("quick", """{"date":"2026-11-24"}""");
        await server.Viewer.EndAsync(launched.Id);

        var events = await CollectAsync(server, $"/api/v1/executions/{launched.Id}/events", "00000000000000000000000000000000-7");

        Assert.Equal("ended", Assert.Single(events).EventType);
    }

    [SkippableFact]
    public async Task Fifty_who_watch_cost_one_query_an_interval_and_nobody_costs_none()
    {
        await using var server = await TestServer.StartAsync(kind, new() { Options = options => options.Live.Interval = TimeSpan.FromSeconds(1) });
        var launched = await server.Operator.LaunchAsync("waiting");
        var hub = server.Services.GetRequiredService<LiveHub>();
        using var leaving = new CancellationTokenSource();
        var started = System.Diagnostics.Stopwatch.StartNew();

        var watchers = Enumerable.Range(0, 50).Select(place => Task.Run(async () =>
        {
            await foreach (var item in ReadAsync(server, place % 2 == 0 ? "/api/v1/events" : $"/api/v1/executions/{launched.Id}/events", cancellationToken: leaving.Token))
            {
                if (item.EventType != "heartbeat")
                    return Progress(item).ExecutionId;
            }

            return 0;
        })).ToList();
        var told = await Task.WhenAll(watchers);
        var queries = hub.QueryCount;
        await leaving.CancelAsync();
        await UntilAsync(() => hub.WatchCount == 0);
        server.Jobs.Release();

        Assert.All(told, id => Assert.Equal(launched.Id, id));
        // One at the beginning, then one a second.
        Assert.True(queries <= started.Elapsed.TotalSeconds + 2, $"{queries} queries in {started.Elapsed.TotalSeconds:0.0} s.");
    }

    [SkippableFact]
    public async Task One_stream_too_many_is_refused()
    {
        await using var server = await TestServer.StartAsync(kind, new() { Options = options => options.Live.MaxStreams = 1 });
        using var first = await SendAsync(server, "/api/v1/events", lastEventId: null);

        using var second = await SendAsync(server, "/api/v1/events", lastEventId: null);

        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.Equal("no", Assert.Single(first.Headers.GetValues("X-Accel-Buffering")));
        Assert.Equal("urn:clutch:problem:too-many-streams", (await second.ProblemAsync(HttpStatusCode.ServiceUnavailable)).Type);
    }

    [SkippableFact]
    public async Task Who_reads_slowly_hears_the_latest_of_each_execution_however_often_another_one_changes()
    {
        await using var server = await TestServer.StartAsync(kind);
        using var watch = new LiveWatch(server.Services.GetRequiredService<LiveHub>(), executionId: null);
        watch.Offer(Event(sequence: 1, execution: 7));
        for (var sequence = 2; sequence <= 100; sequence++)
            watch.Offer(Event(sequence, execution: 8));

        Assert.Equal((1, 7), await NextAsync(watch));
        Assert.Equal((100, 8), await NextAsync(watch));
        Assert.Null(await watch.NextOrNullAsync(TimeSpan.FromMilliseconds(1), TimeProvider.System, CancellationToken.None));
    }

    [SkippableFact]
    public async Task A_stream_ends_soon_after_who_watches_has_signed_out()
    {
        await using var server = await TestServer.StartAsync(kind);
        await server.Services.GetRequiredService<CredentialStore>().PutUserAsync(new("anna", Role.Viewer, PasswordHash.Create("a password of anna's")), CancellationToken.None);
        using var browser = new HttpClient { BaseAddress = server.Address };
        using var signIn = await browser.PostAsync("/api/v1/session", """{"name":"anna","password":"a password of anna's"}""");
        var session = await signIn.ReadAsync(WireJson.Default.SessionView);
        using var stream = await browser.GetAsync(new Uri("/api/v1/events", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        Assert.Equal(HttpStatusCode.OK, stream.StatusCode);

        using var signOut = new HttpRequestMessage(HttpMethod.Delete, "/api/v1/session");
        signOut.Headers.Add(CrossSiteGuard.TokenHeader, session.CsrfToken);
        using var signedOut = await browser.SendAsync(signOut);

        Assert.Equal(HttpStatusCode.NoContent, signedOut.StatusCode);
        // It comes to its end: the reading would last for ever otherwise.
        await stream.Content.ReadAsStringAsync(patience.Token);
        await UntilAsync(() => server.Services.GetRequiredService<LiveHub>().WatchCount == 0);
    }

    private static LiveEvent Event(long sequence, long execution) => new(
        sequence,
        new() { ExecutionId = execution, Job = "waiting", Status = ExecutionStatus.Started, StartedAt = DateTimeOffset.UnixEpoch, At = DateTimeOffset.UnixEpoch, Steps = [] });

    private static async Task<(long Sequence, long ExecutionId)> NextAsync(LiveWatch watch)
    {
        var next = await watch.NextOrNullAsync(TimeSpan.FromMinutes(1), TimeProvider.System, CancellationToken.None);
        return (next!.Sequence, next.Progress.ExecutionId);
    }

    private static ProgressView Progress(SseItem<string> item) => JsonSerializer.Deserialize(item.Data, WireJson.Default.ProgressView)!;

    private static async Task<HttpResponseMessage> SendAsync(TestServer server, string path, string? lastEventId, CancellationToken cancellationToken = default)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (lastEventId is not null)
            request.Headers.TryAddWithoutValidation("Last-Event-ID", lastEventId);
        return await server.Viewer.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    private static async IAsyncEnumerable<SseItem<string>> ReadAsync(
        TestServer server, string path, string? lastEventId = null, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var response = await SendAsync(server, path, lastEventId, cancellationToken);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        await foreach (var item in SseParser.Create(body).EnumerateAsync(cancellationToken))
            yield return item;
    }

    private static async Task<SseItem<string>> FirstAsync(TestServer server, string path, Func<SseItem<string>, bool> isIt)
    {
        await foreach (var item in ReadAsync(server, path))
        {
            if (isIt(item))
                return item;
        }

        throw new InvalidOperationException("The stream ended before.");
    }

    private static async Task<List<SseItem<string>>> CollectAsync(TestServer server, string path, string? lastEventId)
    {
        var items = new List<SseItem<string>>();
        await foreach (var item in ReadAsync(server, path, lastEventId))
        {
            if (item.EventType != "heartbeat")
                items.Add(item);
        }

        return items;
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!isSo())
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, patience.Token);
    }
}

public sealed class SqliteLiveTests() : LiveTests(StoreKind.Sqlite);

public sealed class PostgreSqlLiveTests() : LiveTests(StoreKind.PostgreSql);
