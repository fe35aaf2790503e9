using System.ComponentModel.DataAnnotations;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Clutch.Client.Wire;
using Clutch.Server.Live;
using Clutch.Server.Queries;
using Clutch.Server.Security;
using Clutch.Server.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
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

    private static IResult WatchAll([FromHeader(Name = "Last-Event-ID"), StringLength(100)] string? lastEventId, HttpContext context, LiveHub hub, LiveStream stream) =>
        Stream(hub.Watch(executionId: null, lastEventId), context, stream);

    private static async Task<IResult> WatchAsync(
        long id, [FromHeader(Name = "Last-Event-ID"), StringLength(100)] string? lastEventId, HttpContext context, LiveHub hub, LiveStream stream, ExecutionQueries executions, CancellationToken cancellationToken)
    {
        if (await executions.FindAsync(id, cancellationToken) is not { } execution)
            return Problems.NoExecution(id);
        // A browser comes back whenever a stream ends; only this status tells it not to.
        if (lastEventId is not null && execution.EndedAt is not null && hub.HasToldLast(id, lastEventId))
            return TypedResults.NoContent();
        return Stream(hub.Watch(id, lastEventId), context, stream);
    }

    private static IResult Stream(LiveWatch? watch, HttpContext context, LiveStream stream)
    {
        if (watch is null)
            return TooMany();
        // nginx gathers an answer by default (proxy_buffering) until there is a block of it: events would stand still.
        context.Response.Headers["X-Accel-Buffering"] = "no";
        return TypedResults.ServerSentEvents(stream.ReadAsync(watch, context));
    }

    private static ProblemHttpResult TooMany() => Problems.Unavailable("too-many-streams", "As many streams are open as this process allows. Close some, or raise Clutch:Server:Live:MaxStreams.");
}

/// <summary>Turns a watch into a stream with heartbeats.</summary>
internal sealed class LiveStream(
    LiveHub hub, Admission admission, IOptions<ClutchServerOptions> options, TimeProvider timeProvider, IHostApplicationLifetime lifetime, ILogger<LiveStream> logger)
{
    /// <summary>Events <c>progress</c>, a last <c>ended</c>, and <c>heartbeat</c> without a number where nothing happens. It ends when who watches may not any more.</summary>
    public async IAsyncEnumerable<SseItem<string>> ReadAsync(LiveWatch watch, HttpContext context, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using (watch)
        {
            // The headers go out with the first bytes: who watches knows at once that the stream is open.
            yield return new("{}", "heartbeat");
            // A server that ends must not wait for those who watch it: their browsers come back by themselves.
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
            var (toldAt, admittedAt) = (timeProvider.GetTimestamp(), timeProvider.GetTimestamp());
            while (!ending.IsCancellationRequested)
            {
                var patience = Shorter(LeftOf(options.Value.Live.Heartbeat, toldAt), LeftOf(Credentials.Freshness, admittedAt));
                var next = await watch.NextOrNullAsync(patience, timeProvider, ending.Token);
                if (LeftOf(Credentials.Freshness, admittedAt) == TimeSpan.Zero)
                {
                    if (!await IsStillAdmittedAsync(context, ending.Token))
                        yield break;
                    admittedAt = timeProvider.GetTimestamp();
                }

                if (next is null && LeftOf(options.Value.Live.Heartbeat, toldAt) > TimeSpan.Zero)
                    continue;
                toldAt = timeProvider.GetTimestamp();
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

    private async ValueTask<bool> IsStillAdmittedAsync(HttpContext context, CancellationToken cancellationToken)
    {
        try
        {
            return (await admission.AdmitAsync(context, cancellationToken)).Succeeded;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return false;
        }
        catch (Exception fault)
        {
            // The database may be away for a while: nothing new can be told then, and the next look asks again.
            logger.LiveQueryFailed(fault);
            return true;
        }
    }

    private TimeSpan LeftOf(TimeSpan span, long since) => span - timeProvider.GetElapsedTime(since) is { Ticks: > 0 } left ? left : TimeSpan.Zero;

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
