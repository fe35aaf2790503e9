using CalendarSync.Accounts;
using CalendarSync.Events;
using CalendarSync.Input;
using CalendarSync.Subscriptions;
using NodaTime;
using NodaTime.Text;

namespace CalendarSync.Web;

/// <summary>The month, a day, and an imported event.</summary>
internal static class MonthEndpoints
{
    public static void MapMonth(this IEndpointRouteBuilder pages)
    {
        pages.MapGet("/", ShowMonthAsync);
        pages.MapGet("/days/{date}", ShowDayAsync);
        pages.MapGet("/imported/{id:long}", ShowImportedAsync);
    }

    /// <summary>The month page, with what was typed to subscribe and what is wrong about it.</summary>
    public static async Task<IResult> PageAsync(
        HttpContext context, string? month, int status, SubscriptionInput typed, FieldErrors errors, CancellationToken cancellationToken)
    {
        var services = context.RequestServices;
        var user = context.GetUser();
        var zone = TimeZones.Get(user.TimeZone);
        var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        var today = Today(now, zone);
        var shown = YearMonthPattern.Iso.Parse(month ?? string.Empty) is { Success: true, Value.Year: >= 1900 and <= 2200 } wanted ? wanted.Value : today.ToYearMonth();
        var range = new OccurrenceRange(MonthGrid.FirstDay(shown), MonthGrid.EndDay(shown), zone);
        var page = await services.GetRequiredService<OccurrenceQuery>().RunAsync(user.Id, range, cancellationToken);
        var model = new MonthModel
        {
            User = user,
            Key = SessionAuthentication.FormKeyOf(context),
            Month = shown,
            Today = today,
            Grid = new(shown, page.Occurrences),
            IsComplete = page.IsComplete,
            Subscriptions = await services.GetRequiredService<SubscriptionStore>().ListAsync(user.Id, 0, SubscriptionStore.MostSubscriptions, cancellationToken),
            Now = now,
            Typed = typed,
            Errors = errors,
        };
        return new Microsoft.AspNetCore.Http.HttpResults.RazorComponentResult<MonthPage>(new Dictionary<string, object?>(StringComparer.Ordinal) { ["Model"] = model })
        {
            StatusCode = status,
            PreventStreamingRendering = true,
        };
    }

    /// <summary>The day it is where somebody lives.</summary>
    public static LocalDate Today(DateTimeOffset now, DateTimeZone zone) => Instant.FromDateTimeOffset(now).InZone(zone).Date;

    private static Task<IResult> ShowMonthAsync(HttpContext context, CancellationToken cancellationToken, string? month = null) =>
        PageAsync(context, month, StatusCodes.Status200OK, new(), new(), cancellationToken);

    private static async Task<IResult> ShowDayAsync(string date, HttpContext context, OccurrenceQuery query, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (LocalDatePattern.Iso.Parse(date) is not { Success: true, Value.Year: >= 1900 and <= 2200 } day)
            return TypedResults.NotFound();
        var user = context.GetUser();
        var zone = TimeZones.Get(user.TimeZone);
        var page = await query.RunAsync(user.Id, new(day.Value, day.Value.PlusDays(1), zone), cancellationToken);
        return PageAnswer.Of<DayPage>(context, StatusCodes.Status200OK, ("Day", new GridDay(day.Value, true, page.Occurrences, 0)), ("Today", Today(clock.GetUtcNow(), zone)));
    }

    private static async Task<IResult> ShowImportedAsync(long id, HttpContext context, ImportedEvents imported, CancellationToken cancellationToken, string? on = null)
    {
        var user = context.GetUser();
        if (await imported.FindAsync(user.Id, id, cancellationToken) is not { } row)
            return TypedResults.NotFound();
        var zones = await imported.ListZonesAsync(user.Id, cancellationToken);
        var day = LocalDatePattern.Iso.Parse(on ?? string.Empty) is { Success: true, Value.Year: >= 1900 and <= 2200 } wanted ? wanted.Value : (LocalDate?)null;
        return ImportedDetails.Of(row, zones.GetValueOrDefault(row.FeedId), TimeZones.Get(user.TimeZone), day) is { } details
            ? PageAnswer.Of<ImportedPage>(context, StatusCodes.Status200OK, ("Event", details))
            : TypedResults.NotFound();
    }
}
