using CalendarSync.Accounts;

namespace CalendarSync.Api;

/// <summary>The JSON API, under <c>/api/v1</c>; its description lies at <c>/openapi/v1.json</c>.</summary>
internal static class ApiEndpoints
{
    public static void MapApi(this IEndpointRouteBuilder routes)
    {
        var api = routes.MapGroup("/api/v1")
            .RequireAuthorization(policy => policy.AddAuthenticationSchemes(TokenAuthentication.SchemeName).RequireAuthenticatedUser())
            .ProducesProblem(StatusCodes.Status401Unauthorized);
        api.MapAccount();
        api.MapEvents();
        api.MapOccurrences();
        api.MapSubscriptions();
        api.MapExports();
        api.MapUsers();
    }
}
