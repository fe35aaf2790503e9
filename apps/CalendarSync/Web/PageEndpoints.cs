using CalendarSync.Accounts;

namespace CalendarSync.Web;

/// <summary>The pages for people.</summary>
internal static class PageEndpoints
{
    public static void MapPages(this IEndpointRouteBuilder routes)
    {
        routes.MapAssets();
        routes.MapSignIn();
        var pages = routes.MapGroup("")
            .RequireAuthorization(policy => policy.AddAuthenticationSchemes(SessionAuthentication.SchemeName).RequireAuthenticatedUser())
            .AddEndpointFilter<RouteGroupBuilder, FormGuard>()
            .AddEndpointFilter(NoStoreAsync)
            .ExcludeFromDescription();
        pages.MapMonth();
        pages.MapEventPages();
        pages.MapSubscriptionPages();
        pages.MapAccountPages();
        pages.MapPost("/sign-out", SignInEndpoints.SignOutAsync);
    }

    // After signing out, "back" must not show the calendar.
    private static ValueTask<object?> NoStoreAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        context.HttpContext.Response.Headers.CacheControl = "no-store";
        return next(context);
    }
}
