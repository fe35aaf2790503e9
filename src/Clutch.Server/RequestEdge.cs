using Clutch.Repository;
using Clutch.Server.Dashboard;
using Clutch.Server.Endpoints;
using Clutch.Server.Security;
using Clutch.Server.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Clutch.Server;

/// <summary>The outermost ring of the server's own paths: security headers, and a problem document for whatever went wrong inside.</summary>
internal sealed class RequestEdge(ListenGuard guard, IOptions<ClutchServerOptions> options, ILogger<RequestEdge> logger) : IStartupFilter
{
    private readonly PathString _prefix = options.Value.PathPrefix;

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => application =>
    {
        application.Use(HandleAsync);
        next(application);
    };

    private async Task HandleAsync(HttpContext context, RequestDelegate next)
    {
        if (!context.Request.Path.StartsWithSegments(_prefix, StringComparison.OrdinalIgnoreCase))
        {
            await next(context);
            return;
        }

        SecurityHeaders.Apply(context);
        if (!guard.IsPassed)
        {
            await Problems.Unavailable("starting", "The server is just starting.").ExecuteAsync(context);
            return;
        }

        await GuardedAsync(context, next);
        if (IsApi(context) && !context.Response.HasStarted && context.Response is { StatusCode: >= 400, ContentType: null })
            await Bare(context.Response.StatusCode).ExecuteAsync(context);
    }

    private async Task GuardedAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller has gone away: nobody reads an answer.
        }
        catch (Exception fault) when (IsApi(context) && !context.Response.HasStarted)
        {
            logger.RequestFailed(context.Request.Method, context.Request.Path, fault);
            SecurityHeaders.Apply(context);
            await Explain(fault).ExecuteAsync(context);
        }
        catch (Exception fault) when (PageMark.IsOn(context) && !context.Response.HasStarted)
        {
            logger.PageFailed(context.Request.Path, fault);
            // What the page that broke off has set is another's, and the renderer adds a header that must not be there yet.
            context.Response.Clear();
            SecurityHeaders.Apply(context);
            await FaultPage.ShowAsync(context);
        }
    }

    private bool IsApi(HttpContext context) => context.Request.Path.StartsWithSegments(_prefix.Add("/api"), StringComparison.OrdinalIgnoreCase);

    private static IResult Explain(Exception fault) => fault switch
    {
        BadHttpRequestException bad => Problems.Of(bad.StatusCode, "bad-request", "Wrong input", bad.Message),
        // It names the database and what to do, and no secrets.
        RepositoryException repository => Problems.Unavailable("repository-unusable", repository.Message),
        _ => Problems.Of(StatusCodes.Status500InternalServerError, "unexpected", "Unexpected fault", "The server met a fault that it did not expect. Its log names it."),
    };

    private static IResult Bare(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => Problems.Of(status, "unauthenticated", "Not signed in", "Give an API key in the header 'Authorization: Bearer KEY', or sign in at /api/v1/session."),
        StatusCodes.Status403Forbidden => Problems.Of(status, "forbidden", "Forbidden", "The caller's role does not allow it."),
        StatusCodes.Status404NotFound => Problems.Of(status, "not-found", "Not found", "There is nothing at this address. GET /openapi/clutch.json describes all there is."),
        StatusCodes.Status405MethodNotAllowed => Problems.Of(status, "method-not-allowed", "Method not allowed", "The header 'Allow' says which methods this address takes."),
        StatusCodes.Status415UnsupportedMediaType => Problems.Of(status, "unsupported-media-type", "Unsupported media type", "Send 'application/json'."),
        _ => Problems.Of(status, "bad-request", "Wrong input", "The address, a parameter or the body does not fit. GET /openapi/clutch.json describes them."),
    };
}
