using CalendarSync.Accounts;
using CalendarSync.Input;
using CalendarSync.Subscriptions;

namespace CalendarSync.Web;

/// <summary>Subscribing on the month page, and the page of a subscription.</summary>
internal static class SubscriptionPages
{
    public static void MapSubscriptionPages(this IEndpointRouteBuilder pages)
    {
        pages.MapPost("/subscriptions", AddAsync);
        pages.MapGet("/subscriptions/{id:long}", ShowAsync);
        pages.MapPost("/subscriptions/{id:long}", SaveAsync);
        pages.MapPost("/subscriptions/{id:long}/sync", SyncAsync);
        pages.MapPost("/subscriptions/{id:long}/pause", (long id, HttpContext context, SubscriptionDesk desk, CancellationToken cancellationToken) => SetPausedAsync(id, true, context, desk, cancellationToken));
        pages.MapPost("/subscriptions/{id:long}/resume", (long id, HttpContext context, SubscriptionDesk desk, CancellationToken cancellationToken) => SetPausedAsync(id, false, context, desk, cancellationToken));
        pages.MapPost("/subscriptions/{id:long}/delete", DeleteAsync);
    }

    private static async Task<IResult> AddAsync(HttpContext context, SubscriptionDesk desk, CancellationToken cancellationToken, string? month = null)
    {
        var typed = InputOf(context.Request.Form);
        var (id, errors, retryAfter) = await desk.AddAsync(context.GetUser().Id, typed, cancellationToken);
        var refusal = retryAfter is null ? StatusCodes.Status400BadRequest : StatusCodes.Status429TooManyRequests;
        return id is null
            ? await MonthEndpoints.PageAsync(context, month, refusal, typed, errors, cancellationToken)
            : PageAnswer.To($"/subscriptions/{id}");
    }

    private static async Task<IResult> ShowAsync(long id, HttpContext context, SubscriptionStore store, TimeProvider clock, CancellationToken cancellationToken, string? asked = null) =>
        await store.FindAsync(context.GetUser().Id, id, cancellationToken) is { } subscription
            ? PageAnswer.Of<SubscriptionPage>(context, StatusCodes.Status200OK, ("Subscription", subscription), ("Now", clock.GetUtcNow()), ("Notice", NoticeOf(asked)))
            : TypedResults.NotFound();

    private static async Task<IResult> SaveAsync(
        long id, HttpContext context, SubscriptionDesk desk, SubscriptionStore store, TimeProvider clock, CancellationToken cancellationToken)
    {
        var typed = InputOf(context.Request.Form) with { Label = context.Request.Form["label"].ToString() };
        var errors = await desk.UpdateAsync(context.GetUser().Id, id, typed, cancellationToken);
        if (errors is null || await store.FindAsync(context.GetUser().Id, id, cancellationToken) is not { } subscription)
            return TypedResults.NotFound();
        return errors.IsEmpty ? PageAnswer.To($"/subscriptions/{id}") : PageAnswer.Of<SubscriptionPage>(
            context, StatusCodes.Status400BadRequest, ("Subscription", subscription), ("Now", clock.GetUtcNow()), ("Typed", typed), ("Errors", errors));
    }

    private static async Task<IResult> SyncAsync(long id, HttpContext context, SubscriptionStore store, CancellationToken cancellationToken)
    {
        var userId = context.GetUser().Id;
        if (await store.FindAsync(userId, id, cancellationToken) is not { } subscription)
            return TypedResults.NotFound();
        var isAsked = !subscription.IsPaused && await store.RequestSyncAsync(userId, id, cancellationToken);
        return PageAnswer.To($"/subscriptions/{id}?asked={(isAsked ? "yes" : "early")}");
    }

    private static async Task<IResult> SetPausedAsync(long id, bool isPaused, HttpContext context, SubscriptionDesk desk, CancellationToken cancellationToken) =>
        await desk.UpdateAsync(context.GetUser().Id, id, new() { IsPaused = isPaused }, cancellationToken) is null ? TypedResults.NotFound() : PageAnswer.To($"/subscriptions/{id}");

    private static async Task<IResult> DeleteAsync(long id, HttpContext context, SubscriptionStore store, CancellationToken cancellationToken)
    {
        var userId = context.GetUser().Id;
        return await store.FindAsync(userId, id, cancellationToken) is { } subscription && await store.DeleteAsync(userId, subscription, cancellationToken)
            ? PageAnswer.To("/")
            : TypedResults.NotFound();
    }

    private static SubscriptionInput InputOf(IFormCollection form) => new()
    {
        Url = form["url"].ToString(),
        Label = InputText.OrNull(form["label"].ToString()),
        Color = InputText.OrNull(form["color"].ToString()),
    };

    private static string? NoticeOf(string? asked) => asked switch
    {
        "yes" => "It will be looked at in a moment.",
        "early" => "It was looked at out of turn less than five minutes ago. Please wait a little.",
        _ => null,
    };
}
