using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace CalendarSync.Accounts;

/// <summary>Signs the API in: <c>Authorization: Bearer</c> and a user's token.</summary>
internal sealed class TokenAuthentication(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, UserStore users)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "Token";

    private const string Prefix = "Bearer ";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            return AuthenticateResult.NoResult();
        return await users.FindByTokenAsync(header[Prefix.Length..].Trim(), Context.RequestAborted) is { } user
            ? AuthenticateResult.Success(new(CurrentUser.Enter(Context, user, SchemeName), SchemeName))
            : AuthenticateResult.Fail("The token is unknown or revoked.");
    }

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = "Bearer";
        await Results.Problem("Send a user's token: Authorization: Bearer <token>.", statusCode: StatusCodes.Status401Unauthorized).ExecuteAsync(Context);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        Results.Problem("This needs the token of an administrator.", statusCode: StatusCodes.Status403Forbidden).ExecuteAsync(Context);
}
