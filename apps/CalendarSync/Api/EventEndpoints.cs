using CalendarSync.Accounts;
using CalendarSync.Events;
using CalendarSync.Input;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CalendarSync.Api;

/// <summary>The own events of whoever asks.</summary>
internal static class EventEndpoints
{
    public static void MapEvents(this IEndpointRouteBuilder routes)
    {
        var events = routes.MapGroup("/events").WithTags("Events");
        events.MapGet("", ListAsync).WithSummary("Lists own events, by id");
        events.MapPost("", AddAsync).WithSummary("Adds an event");
        events.MapGet("/{id:long}", GetAsync).WithSummary("An event; its version is in ETag");
        events.MapPut("/{id:long}", ReplaceAsync).WithSummary("Replaces an event; with If-Match only the version that was seen");
        events.MapDelete("/{id:long}", DeleteAsync).WithSummary("Deletes an event; with If-Match only the version that was seen");
    }

    private static async Task<Ok<PageOf<EventView>>> ListAsync(HttpContext context, EventStore events, CancellationToken cancellationToken, long after = 0, int? limit = null)
    {
        var read = await events.ListAsync(context.GetUser().Id, after, Paging.CountFor(limit), cancellationToken);
        return TypedResults.Ok(Paging.Of(read, limit, EventView.Of, own => own.Id));
    }

    private static async Task<Results<Created<EventView>, ValidationProblem>> AddAsync(EventInput input, HttpContext context, EventStore events, CancellationToken cancellationToken)
    {
        var user = context.GetUser();
        if (EventCheck.Run(input, user.TimeZone, out var errors) is not { } given)
            return TypedResults.ValidationProblem(errors.ToDictionary());
        if (await events.AddAsync(user.Id, given, cancellationToken) is not { } added)
            return TypedResults.ValidationProblem(new FieldErrors().Add("title", $"At most {EventStore.MostEvents} events, please.").ToDictionary());
        context.Response.Headers.ETag = EventView.TagOf(added);
        return TypedResults.Created($"/api/v1/events/{added.Id}", EventView.Of(added));
    }

    private static async Task<Results<Ok<EventView>, NotFound, StatusCodeHttpResult>> GetAsync(long id, HttpContext context, EventStore events, CancellationToken cancellationToken)
    {
        if (await events.FindAsync(context.GetUser().Id, id, cancellationToken) is not { } own)
            return TypedResults.NotFound();
        context.Response.Headers.ETag = EventView.TagOf(own);
        return context.Request.Headers.IfNoneMatch == EventView.TagOf(own) ? TypedResults.StatusCode(StatusCodes.Status304NotModified) : TypedResults.Ok(EventView.Of(own));
    }

    private static async Task<Results<Ok<EventView>, NotFound, ValidationProblem, ProblemHttpResult>> ReplaceAsync(
        long id, EventInput input, HttpContext context, EventStore events, CancellationToken cancellationToken)
    {
        var user = context.GetUser();
        if (await events.FindAsync(user.Id, id, cancellationToken) is not { } seen)
            return TypedResults.NotFound();
        if (!IsWanted(context.Request, seen))
            return Changed();
        if (EventCheck.Run(input, user.TimeZone, out var errors) is not { } given)
            return TypedResults.ValidationProblem(errors.ToDictionary());
        if (await events.UpdateAsync(seen, given, cancellationToken) is not { } changed)
            return Changed();
        context.Response.Headers.ETag = EventView.TagOf(changed);
        return TypedResults.Ok(EventView.Of(changed));
    }

    private static async Task<Results<NoContent, NotFound, ProblemHttpResult>> DeleteAsync(long id, HttpContext context, EventStore events, CancellationToken cancellationToken)
    {
        var userId = context.GetUser().Id;
        if (context.Request.Headers.IfMatch.Count == 0)
            return await events.DeleteAsync(userId, id, cancellationToken) ? TypedResults.NoContent() : TypedResults.NotFound();
        if (await events.FindAsync(userId, id, cancellationToken) is not { } seen)
            return TypedResults.NotFound();
        return IsWanted(context.Request, seen) && await events.DeleteAsync(seen, cancellationToken) ? TypedResults.NoContent() : Changed();
    }

    private static bool IsWanted(HttpRequest request, OwnEvent seen) => request.Headers.IfMatch is not { Count: > 0 } wanted || wanted == "*" || wanted == EventView.TagOf(seen);

    private static ProblemHttpResult Changed() =>
        TypedResults.Problem("The event was changed since you read it. Read it again and repeat your change.", statusCode: StatusCodes.Status412PreconditionFailed);
}
