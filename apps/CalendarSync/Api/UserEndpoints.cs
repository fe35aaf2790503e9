using CalendarSync.Accounts;
using CalendarSync.Input;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CalendarSync.Api;

/// <summary>A user.</summary>
internal sealed record UserView(long Id, string Name, string TimeZone, bool IsAdmin)
{
    public static UserView Of(User user) => new(user.Id, user.Name, user.TimeZone, user.IsAdmin);
}

/// <summary>A user to add.</summary>
/// <param name="Name">1 to 100 characters, used once.</param>
/// <param name="TimeZone">An IANA zone; UTC when null.</param>
/// <param name="IsAdmin">Whether the user may add and remove users.</param>
internal sealed record UserInput(string? Name, string? TimeZone, bool IsAdmin);

/// <summary>A user just added.</summary>
/// <param name="User">The user.</param>
/// <param name="Token">The first token. It is shown this once.</param>
internal sealed record NewUser(UserView User, string Token);

/// <summary>Adds, lists and removes users; for administrators.</summary>
internal static class UserEndpoints
{
    public static void MapUsers(this IEndpointRouteBuilder routes)
    {
        var users = routes.MapGroup("/users").WithTags("Users").RequireAuthorization(policy => policy.AddAuthenticationSchemes(TokenAuthentication.SchemeName).RequireRole("admin"));
        users.MapPost("", AddAsync).WithSummary("Adds a user; the first token is in the answer, once");
        users.MapGet("", ListAsync).WithSummary("Lists users");
        users.MapDelete("/{id:long}", RemoveAsync).WithSummary("Ends an account, with all its data");
    }

    /// <summary>Checks what a user is to be called and where it lives.</summary>
    public static FieldErrors Check(UserInput input, out string name, out string zone)
    {
        var errors = new FieldErrors();
        name = InputText.Line(input.Name);
        zone = InputText.OrNull(InputText.Line(input.TimeZone)) ?? "UTC";
        InputText.CheckLength(errors, "name", name, 100);
        if (name.Length == 0)
            errors.Add("name", "Please fill this in.");
        if (!TimeZones.Exists(zone))
            errors.Add("timeZone", $"There is no time zone '{zone}'. Take a name like Europe/Berlin or Asia/Seoul.");
        return errors;
    }

    private static async Task<Results<Created<NewUser>, ValidationProblem>> AddAsync(UserInput input, UserStore users, CancellationToken cancellationToken)
    {
        var errors = Check(input, out var name, out var zone);
        if (errors.IsEmpty && await users.CreateAsync(name, zone, input.IsAdmin, cancellationToken) is { } user)
        {
            var token = await users.AddTokenAsync(user.Id, "first", cancellationToken);
            return TypedResults.Created((string?)null, new NewUser(UserView.Of(user), token.Text));
        }

        return TypedResults.ValidationProblem((errors.IsEmpty ? errors.Add("name", "This name is taken.") : errors).ToDictionary());
    }

    private static async Task<Ok<PageOf<UserView>>> ListAsync(UserStore users, CancellationToken cancellationToken, long after = 0, int? limit = null)
    {
        var read = await users.ListAsync(after, Paging.CountFor(limit), cancellationToken);
        return TypedResults.Ok(Paging.Of(read, limit, UserView.Of, user => user.Id));
    }

    private static async Task<Results<NoContent, NotFound>> RemoveAsync(long id, UserStore users, CancellationToken cancellationToken) =>
        await users.DeleteAsync(id, cancellationToken) ? TypedResults.NoContent() : TypedResults.NotFound();
}
