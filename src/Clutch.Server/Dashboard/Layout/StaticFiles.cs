using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Clutch.Server.Dashboard.Layout;

/// <summary>Style sheet, script and icon, out of the assembly: a dashboard needs no files beside the program and nothing from the internet.</summary>
internal static class StaticFiles
{
    private static readonly Dictionary<string, (string ContentType, byte[] Content)> Files = new(StringComparer.Ordinal)
    {
        ["clutch.css"] = ("text/css; charset=utf-8", Read("clutch.css")),
        ["clutch.js"] = ("text/javascript; charset=utf-8", Read("clutch.js")),
        ["clutch.svg"] = ("image/svg+xml", Read("clutch.svg")),
    };

    /// <summary>Changes with their content, so that browsers may keep them for ever.</summary>
    public static string Version { get; } = Convert.ToHexStringLower(SHA256.HashData([.. Files.Values.SelectMany(file => file.Content)]))[..12];

    public static void Map(IEndpointRouteBuilder endpoints) => endpoints.MapGet("/assets/{file}", Get).AllowAnonymous().ExcludeFromDescription();

    private static IResult Get(string file, HttpContext context)
    {
        if (!Files.TryGetValue(file, out var found))
            return Results.NotFound();
        context.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        return Results.Bytes(found.Content, found.ContentType, entityTag: new($"\"{Version}\""));
    }

    private static byte[] Read(string file)
    {
        using var stream = typeof(StaticFiles).Assembly.GetManifestResourceStream($"Dashboard.Assets.{file}")!;
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
