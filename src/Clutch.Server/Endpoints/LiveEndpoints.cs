using System.ComponentModel.DataAnnotations;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Clutch.Client.Wire;
using Clutch.Server.Live;
using Clutch.Server.Queries;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Clutch.Server.Endpoints;

/// <summary>Live streams: server-sent events (HTML Living Standard, 9.2) of what changes.</summary>
internal static class LiveEndpoints
{
    private const string EventStream = "text/event-stream";

    public static void Map(IEndpointRouteBuilder api)
    {
        var executions = api.MapGroup(string.Empty).WithTags("Live");
        executions.MapGet("/events", WatchAll).WithName("WatchAll").WithSummary("A stream of what changes in all executions that run")
            .Produces<ProgressView>(StatusCodes.Status200OK, EventStream).ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        executions.MapGet("/executions/{id:long:min(1)}/events", WatchAsync).WithName("WatchExecution").WithSummary("A stream of one execution's progress up to its end")
            .Produces<ProgressView>(StatusCodes.Status200OK, EventStream).Produces(StatusCodes.Status204NoContent)
            .ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status503ServiceUnavailable);
    }

    private static IResult WatchAll([FromHeader(Name = "Last-Event-ID"), StringLength(100)] string? lastEventId, LiveHub hub, LiveStream stream) =>
        hub.Watch(executionId: null, lastEventId) is { } watch ? TypedResults.ServerSentEvents(stream.ReadAsync(watch)) : TooMany();

    private static async Task<IResult> WatchAsync(
        long id, [FromHeader(Name = "Last-Event-ID"), StringLength(100)] string? lastEventId, LiveHub hub, LiveStream stream, ExecutionQueries executions, CancellationToken cancellationToken)
    {
        if (await executions.FindAsync(id, cancellationToken) is not { } execution)
            return Problems.NoExecution(id);
        // A browser comes back whenever a stream ends; only this status tells it not to.
        if (lastEventId is not null && execution.EndedAt is not null && hub.HasToldLast(id, lastEventId))
            return TypedResults.NoContent();
        return hub.Watch(id, lastEventId) is { } watch ? TypedResults.ServerSentEvents(stream.ReadAsync(watch)) : TooMany();
    }

    private static ProblemHttpResult TooMany() => Problems.Unavailable("too-many-streams", "As many streams are open as this process allows. Close some, or raise Clutch:Server:Live:MaxStreams.");
}

/// <summary>Turns a watch into a stream with heartbeats.</summary>
internal sealed class LiveStream(LiveHub hub, IOptions<ClutchServerOptions> options, TimeProvider timeProvider, IHostApplicationLifetime lifetime)
{
    /// <summary>Events <c>progress</c>, a last <c>ended</c>, and <c>heartbeat</c> without a number where nothing happens.</summary>
    public async IAsyncEnumerable<SseItem<string>> ReadAsync(LiveWatch watch, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using (watch)
        {
            // The headers go out with the first bytes: who watches knows at once that the stream is open.
            yield return new("{}", "heartbeat");
            // A server that ends must not wait for those who watch it: their browsers come back by themselves.
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
            while (!ending.IsCancellationRequested)
            {
                var next = await watch.NextOrNullAsync(options.Value.Live.Heartbeat, timeProvider, ending.Token);
                if (next is null)
                {
                    yield return new("{}", "heartbeat");
                    continue;
                }

                var isEnd = next.IsLast && watch.ExecutionId is not null;
                yield return new(JsonSerializer.Serialize(next.Progress, WireJson.Default.ProgressView), next.IsLast ? "ended" : "progress") { EventId = hub.IdOf(next) };
                if (isEnd)
                    yield break;
            }
        }
    }
}
