using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace CalendarSync.Web;

/// <summary>The style sheet and the icon, from inside the program: the pages need nothing from anywhere else.</summary>
internal static class AssetEndpoints
{
    public static void MapAssets(this IEndpointRouteBuilder routes)
    {
        Map(routes, "calendar.css", "text/css; charset=utf-8");
        Map(routes, "icon.svg", "image/svg+xml");
    }

    private static void Map(IEndpointRouteBuilder routes, string name, string contentType)
    {
        var bytes = Read(name);
        var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes).AsSpan(0, 8))}\"");
        routes.MapGet($"/assets/{name}", (HttpContext context) =>
        {
            context.Response.Headers.CacheControl = "no-cache";
            return TypedResults.Bytes(bytes, contentType, entityTag: tag);
        }).ExcludeFromDescription();
    }

    private static byte[] Read(string name)
    {
        using var stream = typeof(AssetEndpoints).Assembly.GetManifestResourceStream($"Assets/{name}")!;
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
