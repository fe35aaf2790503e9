using System.Globalization;
using Clutch.Server.Security;
using Clutch.Server.Texts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Clutch.Server.Dashboard;

/// <summary>What a reader chose: language, theme, and up to when every failure was seen. It lies in cookies and concerns this reader alone.</summary>
internal static class Preferences
{
    public const string LanguageCookie = "clutch_language";
    public const string ThemeCookie = "clutch_theme";

    public static void Map(IEndpointRouteBuilder root) => root.MapGet("/preferences", KeepAsync).AllowAnonymous().ExcludeFromDescription();

    /// <summary>Up to when the reader has seen all that failed, as Unix time in milliseconds; 0 where nothing was seen.</summary>
    public static async ValueTask<long> SeenByAsync(HttpContext context, ServerCookies cookies) =>
        long.TryParse(context.Request.Cookies[await cookies.GetSeenNameAsync(context.RequestAborted)], NumberStyles.None, CultureInfo.InvariantCulture, out var seen) ? seen : 0;

    /// <summary>Whether it leads to a page of this server: an open redirect would lend its name to others.</summary>
    // Browsers read '\' as '/' and leave out tabs and line ends (URL Living Standard, 4.4): "/\t/evil.example" is another server's. What else an address cannot hold was not made by us.
    public static bool IsOwnPath(string? path) => path is ['/', ..] and not ['/', '/', ..] && path.All(letter => letter is > ' ' and < '\x7f' and not '\\');

    private static async Task<IResult> KeepAsync(string? language, string? theme, long? seen, string? back, HttpContext context, ServerCookies cookies)
    {
        var path = cookies.PathFor(context);
        if (language is not null && TextBook.All.ContainsKey(language))
            Keep(context, path, LanguageCookie, language);
        if (theme is "light" or "dark")
            Keep(context, path, ThemeCookie, theme);
        else if (theme is "system")
            context.Response.Cookies.Delete(ThemeCookie, new() { Path = path });
        if (seen is > 0)
            Keep(context, path, await cookies.GetSeenNameAsync(context.RequestAborted), seen.Value.ToString(CultureInfo.InvariantCulture));
        return Results.LocalRedirect(context.Request.PathBase.ToUriComponent() + PageContexts.PrefixOf(context) + (IsOwnPath(back) ? back : "/"));
    }

    private static void Keep(HttpContext context, string path, string cookie, string value) => context.Response.Cookies.Append(
        cookie, value, new() { Path = path, HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = context.Request.IsHttps, MaxAge = TimeSpan.FromDays(365), IsEssential = true });
}
