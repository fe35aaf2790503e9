using System.Globalization;
using Clutch.Client.Wire;
using Clutch.Server.Dashboard.Layout;
using Clutch.Server.Security;
using Clutch.Server.Texts;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Clutch.Server.Dashboard;

/// <summary>From a request to what its page is told.</summary>
internal static class PageContexts
{
    public static PageContext Of(HttpContext context, IServiceProvider services) => new()
    {
        Text = TextBook.Choose(context.Request.Cookies[Preferences.LanguageCookie], Accepted(context)),
        Prefix = context.Request.PathBase + PrefixOf(context),
        Address = AddressOf(context),
        Session = SessionOf(context),
        Theme = context.Request.Cookies[Preferences.ThemeCookie] is ("light" or "dark") and var theme ? theme : null,
        Now = services.GetRequiredService<TimeProvider>().GetUtcNow(),
    };

    public static string PrefixOf(HttpContext context) => context.RequestServices.GetRequiredService<IOptions<ClutchServerOptions>>().Value.PathPrefix;

    /// <summary>Path and query behind the prefix, as they stand in an address: a header takes no other letters.</summary>
    public static string AddressOf(HttpContext context)
    {
        var path = context.Request.Path;
        var page = path.StartsWithSegments(PrefixOf(context), StringComparison.OrdinalIgnoreCase, out var rest) ? rest : path;
        return (page.HasValue ? page.ToUriComponent() : "/") + context.Request.QueryString.ToUriComponent();
    }

    private static SessionView? SessionOf(HttpContext context) => Caller.From(context.User) is not { } caller ? null : new()
    {
        Actor = caller.Actor,
        Role = caller.Role,
        CsrfToken = context.User.FindFirst(ClutchAuthentication.CsrfClaim)?.Value,
        ExpiresAt = DateTimeOffset.TryParse(context.User.FindFirst(ClutchAuthentication.ExpiryClaim)?.Value, CultureInfo.InvariantCulture, out var expires) ? expires : null,
    };

    // The order of the header is the order of preference in every browser; weights are not weighed against each other.
    private static IEnumerable<string> Accepted(HttpContext context) =>
        context.Request.Headers.AcceptLanguage.ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Take(10).Select(tag => tag.Split(';')[0]);
}
