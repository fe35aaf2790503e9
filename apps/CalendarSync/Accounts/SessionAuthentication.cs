using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace CalendarSync.Accounts;

/// <summary>Signs the pages in: a cookie with a session's secret.</summary>
internal sealed class SessionAuthentication(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, UserStore users)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "Session";

    private const string CookieName = "calendar-session";

    /// <summary>Hands a session to the browser. No script can read it, and no other site's form carries it.</summary>
    public static void Give(HttpContext context, Secret session) => context.Response.Cookies.Append(CookieName, session.Text, new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Lax,
        Secure = context.Request.IsHttps || context.RequestServices.GetRequiredService<IOptions<CalendarOptions>>().Value.IsPublicOverTls,
        IsEssential = true,
        MaxAge = UserStore.SessionDuration,
        Path = "/",
    });

    /// <summary>Takes the session back; answers it, or null where there was none.</summary>
    public static string? Take(HttpContext context)
    {
        context.Response.Cookies.Delete(CookieName);
        return context.Request.Cookies[CookieName];
    }

    /// <summary>What a form of this session must carry: nobody who does not know the session's secret can tell it.</summary>
    public static string FormKeyOf(HttpContext context)
    {
        var session = context.Request.Cookies[CookieName] ?? string.Empty;
        return Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(session), "form"u8));
    }

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Request.Cookies[CookieName] is not { Length: > 0 } session)
            return AuthenticateResult.NoResult();
        return await users.FindBySessionAsync(session, Context.RequestAborted) is { } user
            ? AuthenticateResult.Success(new(CurrentUser.Enter(Context, user, SchemeName), SchemeName))
            : AuthenticateResult.Fail("The session is unknown or over.");
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Redirect("/sign-in");
        return Task.CompletedTask;
    }
}
