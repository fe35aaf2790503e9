using CalendarSync.Accounts;
using CalendarSync.Exports;
using Microsoft.AspNetCore.Http.HttpResults;

namespace CalendarSync.Web;

/// <summary>Signing in with a token, and out.</summary>
internal static class SignInEndpoints
{
    public static void MapSignIn(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/sign-in", () => Page(StatusCodes.Status200OK, null)).ExcludeFromDescription();
        routes.MapPost("/sign-in", SignInAsync).ExcludeFromDescription();
    }

    /// <summary>Ends the session; behind the form guard.</summary>
    public static async Task<IResult> SignOutAsync(HttpContext context, UserStore users, CancellationToken cancellationToken)
    {
        if (SessionAuthentication.Take(context) is { } session)
            await users.CloseSessionAsync(session, cancellationToken);
        return PageAnswer.To("/sign-in");
    }

    private static async Task<IResult> SignInAsync(HttpContext context, UserStore users, FeedThrottle throttle, CancellationToken cancellationToken)
    {
        if (!context.Request.HasFormContentType || IsFromElsewhere(context.Request))
            return Page(StatusCodes.Status400BadRequest, "Please sign in on this page.");
        if (!throttle.TrySignIn(context))
            return Page(StatusCodes.Status429TooManyRequests, "Too many attempts. Wait a minute.");
        var form = await context.Request.ReadFormAsync(cancellationToken);
        if (await users.OpenSessionAsync(form["token"].ToString().Trim(), cancellationToken) is not { } session)
            return Page(StatusCodes.Status400BadRequest, "This token is unknown or revoked.");
        SessionAuthentication.Give(context, session);
        return PageAnswer.To("/");
    }

    // Another site must not sign somebody into its own account here.
    private static bool IsFromElsewhere(HttpRequest request) => request.Headers["Sec-Fetch-Site"].ToString() is not ("" or "same-origin" or "none");

    // Not of its page's type: what compiles the routes does not see what another generator makes of .razor files.
    private static RazorComponentResult Page(int status, string? error) =>
        new RazorComponentResult<SignInPage>(new Dictionary<string, object?>(StringComparer.Ordinal) { ["Error"] = error }) { StatusCode = status, PreventStreamingRendering = true };
}
