using System.Security.Claims;

namespace CalendarSync.Accounts;

/// <summary>Who asks: the user whose token or session the request carries.</summary>
internal static class CurrentUser
{
    private static readonly object Key = new();

    /// <summary>Keeps the user with the request and answers the principal that authorization wants.</summary>
    public static ClaimsPrincipal Enter(HttpContext context, User user, string scheme)
    {
        context.Items[Key] = user;
        var identity = new ClaimsIdentity(scheme);
        if (user.IsAdmin)
            identity.AddClaim(new(ClaimTypes.Role, "admin"));
        return new(identity);
    }

    /// <summary>The user; only behind <c>RequireAuthorization</c>.</summary>
    public static User GetUser(this HttpContext context) =>
        context.Items[Key] as User ?? throw new InvalidOperationException("The endpoint reads the user, but does not require one: add RequireAuthorization to it.");

    /// <summary>The user, or null when nobody is signed in.</summary>
    public static User? FindUser(this HttpContext context) => context.Items[Key] as User;
}
