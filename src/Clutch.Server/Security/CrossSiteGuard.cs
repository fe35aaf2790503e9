using Clutch.Server.Endpoints;
using Microsoft.AspNetCore.Http;

namespace Clutch.Server.Security;

/// <summary>Refuses changes that another site made a browser send: what a browser sends by itself (a cookie, its place on this machine) proves nothing.</summary>
internal sealed class CrossSiteGuard : IEndpointFilter
{
    public const string TokenHeader = "X-CSRF-Token";

    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var request = context.HttpContext.Request;
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HoldsKey(context.HttpContext))
            return next(context);
        if (IsForeign(request))
            return ValueTask.FromResult<object?>(Problems.Forbidden("cross-site", "The request comes from another site."));
        if (context.HttpContext.User.FindFirst(ClutchAuthentication.CsrfClaim)?.Value is { } token && !Tokens.Equal(token, request.Headers[TokenHeader].ToString()))
            return ValueTask.FromResult<object?>(Problems.Forbidden("csrf-token", $"A change over a cookie must carry the session's token in the header '{TokenHeader}'. GET /api/v1/session tells it."));
        return next(context);
    }

    private static bool HoldsKey(HttpContext context) => Caller.From(context.User)?.Actor.StartsWith("key:", StringComparison.Ordinal) == true;

    // Fetch Metadata (W3C) where the browser sends it; Origin (RFC 6454) in all others. A program sends neither.
    private static bool IsForeign(HttpRequest request)
    {
        if (request.Headers["Sec-Fetch-Site"] is [{ } site])
            return site is not ("same-origin" or "none");
        return request.Headers.Origin is [{ } origin] && !origin.Equals($"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase);
    }
}
