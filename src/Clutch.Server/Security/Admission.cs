using System.Net;
using System.Security.Claims;
using Clutch.Client.Wire;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;

namespace Clutch.Server.Security;

/// <summary>Says who asks, and of an answer that lasts, whether they still may: by API key, by session cookie, or, where there are no credentials at all, by being on this machine.</summary>
internal sealed class Admission(Credentials credentials, Sessions sessions, ServerCookies cookies)
{
    private const string Bearer = "Bearer ";
    private static readonly string[] PassedOnHeaders = ["Forwarded", "Via", "X-Real-IP"];

    // The second is what ASP.NET Core's middleware leaves behind where it believed the first.
    private static readonly string[] PassedOnPrefixes = ["X-Forwarded-", "X-Original-"];

    public async ValueTask<AuthenticateResult> AdmitAsync(HttpContext context, CancellationToken cancellationToken)
    {
        if (KeyOf(context.Request) is { } key)
            return await credentials.FindAsync(key, cancellationToken) is { } caller ? Success(caller) : AuthenticateResult.Fail("The API key is unknown or revoked.");
        if (context.Request.Cookies[await cookies.GetSessionNameAsync(cancellationToken)] is { Length: > 0 } cookie && await sessions.FindAsync(cookie, cancellationToken) is { } session)
            return Success(session);
        return IsLocal(context) && !await credentials.AnyAsync(cancellationToken) ? Success(new Caller("local", Role.Operator)) : AuthenticateResult.NoResult();
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
    private static bool IsLocal(HttpContext context)
    {
        var remote = context.Connection.RemoteIpAddress;
        return (remote is null || IPAddress.IsLoopback(remote)) && !IsPassedOn(context.Request) && ListenAddresses.IsLoopbackHost(context.Request.Host.Host);
    }

    // Unless told otherwise nginx adds no header and names this machine as host, but speaks HTTP/1.0, which browsers and programs have not spoken for decades.
    private static bool IsPassedOn(HttpRequest request) =>
        HttpProtocol.IsHttp10(request.Protocol)
        || request.Headers.Keys.Any(name => PassedOnPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)))
        || PassedOnHeaders.Any(request.Headers.ContainsKey);

    private static AuthenticateResult Success(Caller caller, params IEnumerable<Claim> more)
    {
        var identity = new ClaimsIdentity([new(ClaimTypes.Name, caller.Actor), new(ClaimTypes.Role, caller.Role.ToString()), .. more], ClutchAuthentication.SchemeName);
        return AuthenticateResult.Success(new(new(identity), ClutchAuthentication.SchemeName));
    }

    private static AuthenticateResult Success(Session session) => Success(
        new Caller($"user:{session.UserName}", session.Role),
        new Claim(ClutchAuthentication.CsrfClaim, session.CsrfToken),
        new Claim(ClutchAuthentication.ExpiryClaim, session.ExpiresAt.ToString("O")));
}
