using Microsoft.AspNetCore.Builder;

namespace Clutch.Server.Endpoints;

/// <summary>Names in addresses, as they are: a re-drive's job is named <c>job/step/redrive</c>.</summary>
internal static class RouteNames
{
    // Servers decode a path before it is matched, except its slashes: those would be read as the path's own. Once it is matched they can be told apart.
    private const string Slash = "%2F";

    /// <summary>Gives the endpoint names with their slashes.</summary>
    public static void Decode(EndpointBuilder endpoint)
    {
        if (endpoint.RequestDelegate is not { } handle)
            return;
        endpoint.RequestDelegate = context =>
        {
            var values = context.Request.RouteValues;
            foreach (var (key, value) in values)
            {
                if (value is string name && name.Contains(Slash, StringComparison.OrdinalIgnoreCase))
                    values[key] = name.Replace(Slash, "/", StringComparison.OrdinalIgnoreCase);
            }

            return handle(context);
        };
    }
}
