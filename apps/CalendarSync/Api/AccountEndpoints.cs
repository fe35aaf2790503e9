using CalendarSync.Accounts;
using CalendarSync.Input;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CalendarSync.Api;

/// <summary>A token, without its secret.</summary>
internal sealed record TokenView(long Id, string Label, DateTimeOffset CreatedAt);

/// <summary>A token to add.</summary>
/// <param name="Label">What it is for: 1 to 100 characters.</param>
internal sealed record TokenInput(string? Label);

/// <summary>A token just added.</summary>
/// <param name="Token">The secret. It is shown this once.</param>
internal sealed record NewToken(string Token);

/// <summary>What a user may change of the account.</summary>
/// <param name="TimeZone">An IANA zone.</param>
internal sealed record AccountInput(string? TimeZone);

/// <summary>The account of whoever asks.</summary>
internal static class AccountEndpoints
{
    public static void MapAccount(this IEndpointRouteBuilder routes)
    {
        var account = routes.MapGroup("/me").WithTags("Account");
        account.MapGet("", (HttpContext context) => TypedResults.Ok(UserView.Of(context.GetUser()))).WithSummary("Who asks");
        account.MapPatch("", ChangeAsync).WithSummary("Changes the time zone");
        account.MapGet("/tokens", ListAsync).WithSummary("Lists the account's tokens");
        account.MapPost("/tokens", AddAsync).WithSummary("Adds a token; the secret is in the answer, once");
        account.MapDelete("/tokens/{id:long}", RevokeAsync).WithSummary("Revokes a token, and ends the sessions opened with it");
    }

    private static async Task<Results<Ok<UserView>, ValidationProblem>> ChangeAsync(AccountInput input, HttpContext context, UserStore users, CancellationToken cancellationToken)
    {
        var user = context.GetUser();
        var zone = InputText.Line(input.TimeZone);
        if (!TimeZones.Exists(zone))
            return TypedResults.ValidationProblem(new FieldErrors().Add("timeZone", $"There is no time zone '{zone}'. Take a name like Europe/Berlin or Asia/Seoul.").ToDictionary());
        await users.SetTimeZoneAsync(user.Id, zone, cancellationToken);
        return TypedResults.Ok(UserView.Of(user with { TimeZone = zone }));
    }

    private static async Task<Ok<IReadOnlyList<TokenView>>> ListAsync(HttpContext context, UserStore users, CancellationToken cancellationToken)
    {
        var tokens = await users.ListTokensAsync(context.GetUser().Id, cancellationToken);
        return TypedResults.Ok<IReadOnlyList<TokenView>>([.. tokens.Select(token => new TokenView(token.Id, token.Label, token.CreatedAt))]);
    }

    private static async Task<Results<Created<NewToken>, ValidationProblem>> AddAsync(TokenInput input, HttpContext context, UserStore users, CancellationToken cancellationToken)
    {
        var label = InputText.Line(input.Label);
        var errors = new FieldErrors();
        InputText.CheckLength(errors, "label", label, 100);
        if (label.Length == 0)
            errors.Add("label", "Please fill this in.");
        if (!errors.IsEmpty)
            return TypedResults.ValidationProblem(errors.ToDictionary());
        if (await users.AddOwnTokenAsync(context.GetUser().Id, label, cancellationToken) is not { } token)
            return TypedResults.ValidationProblem(errors.Add("label", $"At most {UserStore.MostTokens} tokens, please.").ToDictionary());
        return TypedResults.Created((string?)null, new NewToken(token.Text));
    }

    private static async Task<Results<NoContent, NotFound>> RevokeAsync(long id, HttpContext context, UserStore users, CancellationToken cancellationToken) =>
        await users.RevokeTokenAsync(context.GetUser().Id, id, cancellationToken) ? TypedResults.NoContent() : TypedResults.NotFound();
}
