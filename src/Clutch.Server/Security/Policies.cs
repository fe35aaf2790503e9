using Clutch.Client.Wire;
using Microsoft.AspNetCore.Authorization;

namespace Clutch.Server.Security;

/// <summary>What endpoints ask of a caller.</summary>
internal static class Policies
{
    public const string Viewer = "clutch-viewer";
    public const string Operator = "clutch-operator";

    public static void Add(AuthorizationOptions options)
    {
        options.AddPolicy(Viewer, policy => policy.AddAuthenticationSchemes(ClutchAuthentication.SchemeName).RequireRole(nameof(Role.Viewer), nameof(Role.Operator)));
        options.AddPolicy(Operator, policy => policy.AddAuthenticationSchemes(ClutchAuthentication.SchemeName).RequireRole(nameof(Role.Operator)));
    }
}
