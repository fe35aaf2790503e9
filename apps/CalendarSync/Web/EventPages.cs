using CalendarSync.Accounts;
using CalendarSync.Api;
using CalendarSync.Events;
using CalendarSync.Input;
using NodaTime;
using NodaTime.Text;

namespace CalendarSync.Web;

/// <summary>The form of an own event.</summary>
internal static class EventPages
{
    public static void MapEventPages(this IEndpointRouteBuilder pages)
    {
        pages.MapGet("/events/new", ShowNew);
        pages.MapPost("/events/new", AddAsync);
        pages.MapGet("/events/{id:long}", ShowAsync);
        pages.MapPost("/events/{id:long}", SaveAsync);
        pages.MapPost("/events/{id:long}/exclude", ExcludeAsync);
        pages.MapPost("/events/{id:long}/delete", DeleteAsync);
    }

    private static IResult ShowNew(HttpContext context, TimeProvider clock, string? date = null)
    {
        var user = context.GetUser();
        var now = Instant.FromDateTimeOffset(clock.GetUtcNow()).InZone(TimeZones.Get(user.TimeZone)).LocalDateTime;
        var day = LocalDatePattern.Iso.Parse(date ?? string.Empty) is { Success: true } wanted ? wanted.Value : now.Date;
        return PageAnswer.Of<EventPage>(context, StatusCodes.Status200OK, ("Form", EventForm.ForDay(day, now.TimeOfDay, user.TimeZone)));
    }

    private static async Task<IResult> AddAsync(HttpContext context, EventStore events, CancellationToken cancellationToken)
    {
        var user = context.GetUser();
        var form = EventForm.Of(context.Request.Form);
        if (EventCheck.Run(form.ToInput(), user.TimeZone, out var errors) is not { } given)
            return PageAnswer.Of<EventPage>(context, StatusCodes.Status400BadRequest, ("Form", form), ("Errors", errors));
        if (await events.AddAsync(user.Id, given, cancellationToken) is { } added)
            return PageAnswer.To(MonthOf(added));
        errors.Add("title", $"At most {EventStore.MostEvents} events, please.");
        return PageAnswer.Of<EventPage>(context, StatusCodes.Status400BadRequest, ("Form", form), ("Errors", errors));
    }

    private static async Task<IResult> ShowAsync(long id, HttpContext context, EventStore events, CancellationToken cancellationToken, string? instance = null) =>
        await events.FindAsync(context.GetUser().Id, id, cancellationToken) is { } own ? Show(context, own, instance, null) : TypedResults.NotFound();

    private static async Task<IResult> SaveAsync(long id, HttpContext context, EventStore events, CancellationToken cancellationToken)
    {
        var user = context.GetUser();
        if (await events.FindAsync(user.Id, id, cancellationToken) is not { } seen)
            return TypedResults.NotFound();
        if (context.Request.Form["version"] != EventView.TagOf(seen))
            return Show(context, seen, null, "The event was changed meanwhile. This is how it is now; please repeat your change.");
        var form = EventForm.Of(context.Request.Form);
        if (EventCheck.Run(form.ToInput(seen), user.TimeZone, out var errors) is not { } given)
            return PageAnswer.Of<EventPage>(context, StatusCodes.Status400BadRequest, ("Form", form), ("Id", id), ("Version", EventView.TagOf(seen)), ("Errors", errors), ("Problem", errors.Find("excluded")));
        return await events.UpdateAsync(seen, given, cancellationToken) is { } changed ? PageAnswer.To(MonthOf(changed)) : PageAnswer.To($"/events/{id}");
    }

    private static async Task<IResult> ExcludeAsync(long id, HttpContext context, EventStore events, CancellationToken cancellationToken)
    {
        var user = context.GetUser();
        var instance = InputText.Line(context.Request.Form["instance"]);
        if (await events.FindAsync(user.Id, id, cancellationToken) is not { } seen)
            return TypedResults.NotFound();
        if (EventCheck.Run(EventInput.Of(seen) with { Excluded = [.. seen.Excluded, instance] }, user.TimeZone, out var errors) is not { } given)
            return Show(context, seen, null, string.Join(' ', errors.ToDictionary().Values.SelectMany(field => field)));
        return await events.UpdateAsync(seen, given, cancellationToken) is null ? PageAnswer.To($"/events/{id}") : PageAnswer.To($"/?month={instance[..7]}");
    }

    private static async Task<IResult> DeleteAsync(long id, HttpContext context, EventStore events, CancellationToken cancellationToken)
    {
        var userId = context.GetUser().Id;
        var own = await events.FindAsync(userId, id, cancellationToken);
        return own is not null && await events.DeleteAsync(userId, id, cancellationToken) ? PageAnswer.To(MonthOf(own)) : TypedResults.NotFound();
    }

    private static IResult Show(HttpContext context, OwnEvent own, string? instance, string? problem) => PageAnswer.Of<EventPage>(
        context,
        problem is null ? StatusCodes.Status200OK : StatusCodes.Status409Conflict,
        ("Form", EventForm.Of(own)), ("Id", own.Id), ("Version", EventView.TagOf(own)), ("Instance", own.Rule is null ? null : instance), ("Problem", problem));

    private static string MonthOf(OwnEvent own) => $"/?month={own.StartLocal[..7]}";
}
