using System.Net;
using System.Security.Claims;
using System.Text.Encodings.Web;
using Clutch.Client.Wire;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Clutch.Server.Security;

/// <summary>Says who asks: by API key, by session cookie, or, where there are no credentials at all, by being on this machine.</summary>
internal sealed class ClutchAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, Credentials credentials, Sessions sessions)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    public const string SchemeName = "Clutch";

    /// <summary>The claim that carries the token which a change over a cookie must repeat in a header.</summary>
    public const string CsrfClaim = "clutch:csrf";

    /// <summary>The claim that carries when the session ends.</summary>
    public const string ExpiryClaim = "clutch:expires";

    private const string Bearer = "Bearer ";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var cancellationToken = Context.RequestAborted;
        if (KeyOf(Request) is { } key)
            return await credentials.FindAsync(key, cancellationToken) is { } caller ? Success(caller) : AuthenticateResult.Fail("The API key is unknown or revoked.");
        if (Request.Cookies[Sessions.CookieName] is { Length: > 0 } cookie && await sessions.FindAsync(cookie, cancellationToken) is { } session)
            return Success(session);
        return IsLocal() && !await credentials.AnyAsync(cancellationToken) ? Success(new Caller("local", Role.Operator)) : AuthenticateResult.NoResult();
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = StatusCodes.Status401Unauthorized;
        Response.Headers.WWWAuthenticate = "Bearer";
        return Task.CompletedTask;
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    }

    private static string? KeyOf(HttpRequest request)
    {
        if (request.Headers["X-Api-Key"] is [{ Length: > 0 } key])
            return key;
        return request.Headers.Authorization is [{ } authorization] && authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
            ? authorization[Bearer.Length..].Trim()
            : null;
    }

    // A proxy on this machine passes the world on, and a web page may name this machine by a name of its own (DNS rebinding): neither is local.
    private bool IsLocal()
    {
        var remote = Context.Connection.RemoteIpAddress;
        return (remote is null || IPAddress.IsLoopback(remote))
            && !Request.Headers.ContainsKey("X-Forwarded-For") && !Request.Headers.ContainsKey("Forwarded")
            && ListenAddresses.IsLoopbackHost(Request.Host.Host);
    }

    private static AuthenticateResult Success(Caller caller, params IEnumerable<Claim> more)
    {
        var identity = new ClaimsIdentity([new(ClaimTypes.Name, caller.Actor), new(ClaimTypes.Role, caller.Role.ToString()), .. more], SchemeName);
        return AuthenticateResult.Success(new(new(identity), SchemeName));
    }

    private static AuthenticateResult Success(Session session) => Success(
        new Caller($"user:{session.UserName}", session.Role), new Claim(CsrfClaim, session.CsrfToken), new Claim(ExpiryClaim, session.ExpiresAt.ToString("O")));
}
