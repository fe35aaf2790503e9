using CalendarSync.Accounts;
using CalendarSync.Api;
using CalendarSync.Exports;
using CalendarSync.Input;

namespace CalendarSync.Web;

/// <summary>Export feeds and the time zone.</summary>
internal static class AccountPages
{
    public static void MapAccountPages(this IEndpointRouteBuilder pages)
    {
        pages.MapGet("/account", (HttpContext context, CancellationToken cancellationToken) => PageAsync(context, StatusCodes.Status200OK, cancellationToken));
        pages.MapPost("/account", SaveAsync);
        pages.MapPost("/exports", OpenAsync);
        pages.MapPost("/exports/{id:long}/rotate", RotateAsync);
        pages.MapPost("/exports/{id:long}/revoke", RevokeAsync);
    }

    private static async Task<IResult> PageAsync(HttpContext context, int status, CancellationToken cancellationToken, params (string Name, object? Value)[] more)
    {
        var feeds = await context.RequestServices.GetRequiredService<ExportFeeds>().ListAsync(context.GetUser().Id, cancellationToken);
        var now = context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();
        return PageAnswer.Of<AccountPage>(context, status, [("Feeds", feeds), ("Now", now), .. more]);
    }

    private static async Task<IResult> SaveAsync(HttpContext context, UserStore users, CancellationToken cancellationToken)
    {
        var zone = InputText.Line(context.Request.Form["timeZone"]);
        if (!TimeZones.Exists(zone))
        {
            var errors = new FieldErrors().Add("timeZone", $"There is no time zone '{zone}'. Take a name like Europe/Berlin or Asia/Seoul.");
            return await PageAsync(context, StatusCodes.Status400BadRequest, cancellationToken, ("Zone", zone), ("Errors", errors));
        }

        await users.SetTimeZoneAsync(context.GetUser().Id, zone, cancellationToken);
        return PageAnswer.To("/account");
    }

    // The address is in the answer itself and in no other place: not in a redirect, which browsers and proxies remember.
    private static async Task<IResult> OpenAsync(HttpContext context, ExportFeeds feeds, CancellationToken cancellationToken)
    {
        var errors = ExportEndpoints.Check(context.Request.Form["label"], out var label);
        if (!errors.IsEmpty)
            return await PageAsync(context, StatusCodes.Status400BadRequest, cancellationToken, ("Label", label), ("Errors", errors));
        if (await feeds.CreateAsync(context.GetUser().Id, label, cancellationToken) is var (_, secret))
            return await PageAsync(context, StatusCodes.Status200OK, cancellationToken, ("NewAddress", FeedEndpoints.AddressOf(context, secret.Text)));
        errors.Add("label", $"At most {ExportFeeds.MostFeeds} export feeds, please.");
        return await PageAsync(context, StatusCodes.Status400BadRequest, cancellationToken, ("Label", label), ("Errors", errors));
    }

    private static async Task<IResult> RotateAsync(long id, HttpContext context, ExportFeeds feeds, CancellationToken cancellationToken) =>
        await feeds.RotateAsync(context.GetUser().Id, id, cancellationToken) is { } secret
            ? await PageAsync(context, StatusCodes.Status200OK, cancellationToken, ("NewAddress", FeedEndpoints.AddressOf(context, secret.Text)))
            : TypedResults.NotFound();

    private static async Task<IResult> RevokeAsync(long id, HttpContext context, ExportFeeds feeds, CancellationToken cancellationToken) =>
        await feeds.RevokeAsync(context.GetUser().Id, id, cancellationToken) ? PageAnswer.To("/account") : TypedResults.NotFound();
}
