using System.Globalization;
using Clutch.Server.Texts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Clutch.Server.Dashboard;

/// <summary>What a reader chose: language, theme, and up to which failure everything was seen. It lies in cookies and concerns this reader alone.</summary>
internal static class Preferences
{
    public const string LanguageCookie = "clutch_language";
    public const string ThemeCookie = "clutch_theme";
    public const string SeenCookie = "clutch_seen";

    public static void Map(IEndpointRouteBuilder root) => root.MapGet("/preferences", (string? language, string? theme, long? seen, string? back, HttpContext context) => Keep(language, theme, seen, back, context)).AllowAnonymous().ExcludeFromDescription();

    /// <summary>The newest failure that the reader has seen; 0 where none was.</summary>
    public static long SeenBy(HttpContext context) => long.TryParse(context.Request.Cookies[SeenCookie], NumberStyles.None, CultureInfo.InvariantCulture, out var seen) ? seen : 0;

    /// <summary>Whether it leads to a page of this server: an open redirect would lend its name to others.</summary>
    public static bool IsOwnPath(string? path) => path is ['/', ..] && !path.StartsWith("//", StringComparison.Ordinal) && !path.Contains('\\', StringComparison.Ordinal);

    private static IResult Keep(string? language, string? theme, long? seen, string? back, HttpContext context)
    {
        if (language is not null && TextBook.All.ContainsKey(language))
            Keep(context, LanguageCookie, language);
        if (theme is "light" or "dark")
            Keep(context, ThemeCookie, theme);
        else if (theme is "system")
            context.Response.Cookies.Delete(ThemeCookie);
        if (seen is > 0)
            Keep(context, SeenCookie, seen.Value.ToString(CultureInfo.InvariantCulture));
        return Results.LocalRedirect(context.Request.PathBase + PageContexts.PrefixOf(context) + (IsOwnPath(back) ? back : "/"));
    }

    private static void Keep(HttpContext context, string cookie, string value) => context.Response.Cookies.Append(
        cookie, value, new() { HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = context.Request.IsHttps, MaxAge = TimeSpan.FromDays(365), IsEssential = true });
}
