using CalendarSync.Accounts;
using CalendarSync.Exports;
using CalendarSync.Input;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CalendarSync.Api;

/// <summary>An export feed to open.</summary>
/// <param name="Label">The calendar's name for its readers: 1 to 100 characters.</param>
internal sealed record ExportInput(string? Label);

/// <summary>An address just given out.</summary>
/// <param name="Id">The export feed.</param>
/// <param name="Url">Its secret address. It is shown this once: who knows it reads the calendar.</param>
internal sealed record NewAddress(long Id, string Url);

/// <summary>The export feeds of whoever asks.</summary>
internal static class ExportEndpoints
{
    public static void MapExports(this IEndpointRouteBuilder routes)
    {
        var exports = routes.MapGroup("/exports").WithTags("Export feeds");
        exports.MapGet("", ListAsync).WithSummary("Lists export feeds, without their addresses");
        exports.MapPost("", OpenAsync).WithSummary("Opens an export feed; its secret address is in the answer, once");
        exports.MapPost("/{id:long}/rotate", RotateAsync).WithSummary("Gives a feed a new address; the old one is 404 from now on");
        exports.MapDelete("/{id:long}", RevokeAsync).WithSummary("Closes an export feed");
    }

    /// <summary>Checks a label.</summary>
    public static FieldErrors Check(string? text, out string label)
    {
        var errors = new FieldErrors();
        label = InputText.Line(text);
        InputText.CheckLength(errors, "label", label, 100);
        return label.Length == 0 ? errors.Add("label", "Please fill this in.") : errors;
    }

    private static async Task<Ok<IReadOnlyList<ExportFeed>>> ListAsync(HttpContext context, ExportFeeds feeds, CancellationToken cancellationToken) =>
        TypedResults.Ok(await feeds.ListAsync(context.GetUser().Id, cancellationToken));

    private static async Task<Results<Created<NewAddress>, ValidationProblem>> OpenAsync(ExportInput input, HttpContext context, ExportFeeds feeds, CancellationToken cancellationToken)
    {
        var errors = Check(input.Label, out var label);
        if (!errors.IsEmpty)
            return TypedResults.ValidationProblem(errors.ToDictionary());
        if (await feeds.CreateAsync(context.GetUser().Id, label, cancellationToken) is not var (id, secret))
            return TypedResults.ValidationProblem(errors.Add("label", $"At most {ExportFeeds.MostFeeds} export feeds, please.").ToDictionary());
        return TypedResults.Created((string?)null, new NewAddress(id, FeedEndpoints.AddressOf(context, secret.Text)));
    }

    private static async Task<Results<Ok<NewAddress>, NotFound>> RotateAsync(long id, HttpContext context, ExportFeeds feeds, CancellationToken cancellationToken) =>
        await feeds.RotateAsync(context.GetUser().Id, id, cancellationToken) is { } secret
            ? TypedResults.Ok(new NewAddress(id, FeedEndpoints.AddressOf(context, secret.Text)))
            : TypedResults.NotFound();

    private static async Task<Results<NoContent, NotFound>> RevokeAsync(long id, HttpContext context, ExportFeeds feeds, CancellationToken cancellationToken) =>
        await feeds.RevokeAsync(context.GetUser().Id, id, cancellationToken) ? TypedResults.NoContent() : TypedResults.NotFound();
}
