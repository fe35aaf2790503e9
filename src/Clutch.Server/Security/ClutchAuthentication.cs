using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Clutch.Server.Security;

/// <summary>The authentication scheme: who the <see cref="Admission"/> lets in is the user of the request.</summary>
internal sealed class ClutchAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, Admission admission)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    public const string SchemeName = "Clutch";

    /// <summary>The claim that carries the token which a change over a cookie must repeat in a header.</summary>
    public const string CsrfClaim = "clutch:csrf";

    /// <summary>The claim that carries when the session ends.</summary>
    public const string ExpiryClaim = "clutch:expires";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync() => await admission.AdmitAsync(Context, Context.RequestAborted);

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
}
