using System.Globalization;
using Clutch.Client.Wire;
using Clutch.Server.Audit;
using Clutch.Server.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Clutch.Server.Endpoints;

/// <summary>Who asks; sign-in and sign-out of people.</summary>
internal static class SessionEndpoints
{
    public static void Map(IEndpointRouteBuilder api)
    {
        var session = api.MapGroup("/session").WithTags("Session");
        session.MapGet("/", Find).WithName("GetSession").WithSummary("Who the caller is, and the token for changes over a cookie");
        session.MapPost("/", SignInAsync).AllowAnonymous().WithName("SignIn").WithSummary("Sign in by name and password; the answer sets a cookie")
            .ProducesProblem(StatusCodes.Status401Unauthorized).ProducesProblem(StatusCodes.Status429TooManyRequests);
        session.MapDelete("/", SignOutAsync).WithName("SignOut").WithSummary("End the session");
    }

    private static Ok<SessionView> Find(HttpContext context, Caller caller) => TypedResults.Ok(new SessionView
    {
        Actor = caller.Actor,
        Role = caller.Role,
        CsrfToken = context.User.FindFirst(ClutchAuthentication.CsrfClaim)?.Value,
        ExpiresAt = context.User.FindFirst(ClutchAuthentication.ExpiryClaim)?.Value is { } expires ? DateTimeOffset.Parse(expires, CultureInfo.InvariantCulture) : null,
    });

    private static async Task<Results<Ok<SessionView>, ProblemHttpResult>> SignInAsync(
        [FromBody] SignInBody body, HttpContext context, SignIn signIn, AuditLog audit, ServerCookies cookies, CancellationToken cancellationToken)
    {
        var address = context.Connection.RemoteIpAddress?.ToString() ?? "-";
        switch (await signIn.TryAsync(body, address, cancellationToken))
        {
            case SignInAnswer.Done done:
                await audit.RecordAsync(new($"user:{done.Session.UserName}", "session.sign-in", $"address:{address}"), AuditOutcome.Done, after: null, cancellationToken);
                context.Response.Cookies.Append(await cookies.GetSessionNameAsync(cancellationToken), done.Cookie, CookieFor(context, cookies, done.Session.ExpiresAt));
                return TypedResults.Ok(new SessionView
                {
                    Actor = $"user:{done.Session.UserName}",
                    Role = done.Session.Role,
                    CsrfToken = done.Session.CsrfToken,
                    ExpiresAt = done.Session.ExpiresAt,
                });
            case SignInAnswer.TooMany tooMany:
                var seconds = Math.Ceiling(tooMany.Wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
                context.Response.Headers.RetryAfter = seconds;
                return Problems.Of(StatusCodes.Status429TooManyRequests, "too-many-tries", "Too many tries", $"Too many sign-ins failed. Try again in {seconds} s.");
            default:
                await audit.RecordAsync(new("anonymous", "session.sign-in", $"address:{address}"), AuditOutcome.Refused, after: null, cancellationToken);
                return Problems.Of(StatusCodes.Status401Unauthorized, "wrong-password", "Not signed in", "The name or the password is wrong.");
        }
    }

    private static async Task<NoContent> SignOutAsync(HttpContext context, Sessions sessions, ServerCookies cookies, CancellationToken cancellationToken)
    {
        var name = await cookies.GetSessionNameAsync(cancellationToken);
        if (context.Request.Cookies[name] is { } cookie)
            await sessions.EndAsync(cookie, cancellationToken);
        context.Response.Cookies.Delete(name, CookieFor(context, cookies, expires: null));
        return TypedResults.NoContent();
    }

    private static CookieOptions CookieFor(HttpContext context, ServerCookies cookies, DateTimeOffset? expires) => new()
    {
        HttpOnly = true,
        Secure = context.Request.IsHttps,
        SameSite = SameSiteMode.Strict,
        Path = cookies.PathFor(context),
        Expires = expires,
        IsEssential = true,
    };
}
