using CalendarSync.Accounts;
using CalendarSync.Subscriptions;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CalendarSync.Api;

/// <summary>A subscription and how it fares.</summary>
internal sealed record SubscriptionView
{
    public required long Id { get; init; }

    public required string Url { get; init; }

    public required string Label { get; init; }

    public required string Color { get; init; }

    public required bool IsPaused { get; init; }

    /// <summary><c>new</c>, <c>ok</c>, <c>partial</c>, <c>suspicious</c>, <c>failing</c>, <c>auth</c>, <c>blocked</c> or <c>gone</c>.</summary>
    public required string State { get; init; }

    /// <summary>Why it does not go well, as a sentence, or null.</summary>
    public required string? Problem { get; init; }

    /// <summary>What was left out of it or put right, line by line, or null.</summary>
    public required string? Notes { get; init; }

    public required int EventCount { get; init; }

    public required DateTimeOffset? CheckedAt { get; init; }

    /// <summary>When a look at it last went well.</summary>
    public required DateTimeOffset? LastGoodAt { get; init; }

    public required DateTimeOffset? ChangedAt { get; init; }

    public required DateTimeOffset? FailingSince { get; init; }

    /// <summary>When it is looked at next; null while it is paused, and when it is gone for good.</summary>
    public required DateTimeOffset? NextDueAt { get; init; }

    /// <summary>What the last look at it brought, or null before the first.</summary>
    public required LastCheck? LastCheck { get; init; }

    public static SubscriptionView Of(Subscription subscription) => new()
    {
        Id = subscription.Id,
        Url = subscription.Url,
        Label = subscription.Label,
        Color = subscription.Color,
        IsPaused = subscription.IsPaused,
        State = subscription.State,
        Problem = subscription.Problem,
        Notes = subscription.Notes,
        EventCount = subscription.EventCount,
        CheckedAt = subscription.CheckedAt,
        LastGoodAt = subscription.SucceededAt,
        ChangedAt = subscription.ChangedAt,
        FailingSince = subscription.FailingSince,
        NextDueAt = subscription.IsPaused ? null : subscription.NextDueAt,
        LastCheck = subscription.LastCheck,
    };
}

/// <summary>The subscriptions of whoever asks.</summary>
internal static class SubscriptionEndpoints
{
    public static void MapSubscriptions(this IEndpointRouteBuilder routes)
    {
        var subscriptions = routes.MapGroup("/subscriptions").WithTags("Subscriptions");
        subscriptions.MapGet("", ListAsync).WithSummary("Lists subscriptions, each with how it fares");
        subscriptions.MapPost("", AddAsync).WithSummary("Subscribes to a calendar, after a first look at it").ProducesProblem(StatusCodes.Status429TooManyRequests);
        subscriptions.MapGet("/{id:long}", GetAsync).WithSummary("A subscription");
        subscriptions.MapPatch("/{id:long}", ChangeAsync).WithSummary("Changes label, colour or pause");
        subscriptions.MapDelete("/{id:long}", DeleteAsync).WithSummary("Unsubscribes; its events vanish");
        subscriptions.MapPost("/{id:long}/sync", SyncAsync).WithSummary("Looks at it out of turn, once in five minutes").ProducesProblem(StatusCodes.Status429TooManyRequests);
    }

    private static async Task<Ok<PageOf<SubscriptionView>>> ListAsync(
        HttpContext context, SubscriptionStore store, CancellationToken cancellationToken, long after = 0, int? limit = null)
    {
        var read = await store.ListAsync(context.GetUser().Id, after, Paging.CountFor(limit), cancellationToken);
        return TypedResults.Ok(Paging.Of(read, limit, SubscriptionView.Of, subscription => subscription.Id));
    }

    private static async Task<Results<Created<SubscriptionView>, ValidationProblem, ProblemHttpResult>> AddAsync(
        SubscriptionInput input, HttpContext context, SubscriptionDesk desk, SubscriptionStore store, CancellationToken cancellationToken)
    {
        var userId = context.GetUser().Id;
        var (id, errors, retryAfter) = await desk.AddAsync(userId, input, cancellationToken);
        if (retryAfter is { } pause)
            return TooEarly(context, pause, errors.Find("url")!);
        return id is { } added && await store.FindAsync(userId, added, cancellationToken) is { } subscription
            ? TypedResults.Created($"/api/v1/subscriptions/{added}", SubscriptionView.Of(subscription))
            : TypedResults.ValidationProblem(errors.ToDictionary());
    }

    private static async Task<Results<Ok<SubscriptionView>, NotFound>> GetAsync(long id, HttpContext context, SubscriptionStore store, CancellationToken cancellationToken) =>
        await store.FindAsync(context.GetUser().Id, id, cancellationToken) is { } subscription
            ? TypedResults.Ok(SubscriptionView.Of(subscription))
            : TypedResults.NotFound();

    private static async Task<Results<Ok<SubscriptionView>, NotFound, ValidationProblem>> ChangeAsync(
        long id, SubscriptionInput input, HttpContext context, SubscriptionDesk desk, SubscriptionStore store, CancellationToken cancellationToken)
    {
        var userId = context.GetUser().Id;
        var errors = await desk.UpdateAsync(userId, id, input, cancellationToken);
        if (errors is { IsEmpty: false })
            return TypedResults.ValidationProblem(errors.ToDictionary());
        return errors is not null && await store.FindAsync(userId, id, cancellationToken) is { } subscription
            ? TypedResults.Ok(SubscriptionView.Of(subscription))
            : TypedResults.NotFound();
    }

    private static async Task<Results<NoContent, NotFound>> DeleteAsync(long id, HttpContext context, SubscriptionStore store, CancellationToken cancellationToken)
    {
        var userId = context.GetUser().Id;
        return await store.FindAsync(userId, id, cancellationToken) is { } subscription && await store.DeleteAsync(userId, subscription, cancellationToken)
            ? TypedResults.NoContent()
            : TypedResults.NotFound();
    }

    private static async Task<Results<Accepted, NotFound, ProblemHttpResult>> SyncAsync(long id, HttpContext context, SubscriptionStore store, TimeProvider clock, CancellationToken cancellationToken)
    {
        var userId = context.GetUser().Id;
        if (await store.FindAsync(userId, id, cancellationToken) is not { } subscription)
            return TypedResults.NotFound();
        if (subscription.IsPaused)
            return TypedResults.Problem("The subscription is paused. Resume it first.", statusCode: StatusCodes.Status409Conflict);
        if (await store.RequestSyncAsync(userId, id, cancellationToken))
            return TypedResults.Accepted($"/api/v1/subscriptions/{id}");
        var wait = (subscription.RequestedAt ?? clock.GetUtcNow()) + SubscriptionStore.SyncPause - clock.GetUtcNow();
        return TooEarly(context, wait, "This calendar was looked at out of turn less than five minutes ago.");
    }

    private static ProblemHttpResult TooEarly(HttpContext context, TimeSpan wait, string problem)
    {
        context.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture);
        return TypedResults.Problem(problem, statusCode: StatusCodes.Status429TooManyRequests);
    }
}
