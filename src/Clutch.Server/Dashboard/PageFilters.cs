using Clutch.Server.Dashboard.Layout;
using Clutch.Server.Dashboard.Pages;
using Clutch.Server.Endpoints;
using Clutch.Server.Security;
using Clutch.Server.Telemetry;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Clutch.Server.Dashboard;

/// <summary>Says who looks at a page, before anything is made for it.</summary>
internal static class Reader
{
    /// <summary>Makes the endpoint know its reader by our scheme alone: in a program with schemes of its own the user is nobody until then, or somebody of theirs.</summary>
    public static void Recognise(EndpointBuilder endpoint)
    {
        if (endpoint.RequestDelegate is not { } show)
            return;
        endpoint.RequestDelegate = async context =>
        {
            context.User = await context.AuthenticateAsync(ClutchAuthentication.SchemeName) is { Succeeded: true } known ? known.Principal : new();
            await show(context);
        };
    }
}

/// <summary>Sends who is nobody to the sign-in.</summary>
internal sealed class SignInRequired : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        return Caller.From(http.User) is null
            ? Results.LocalRedirect($"{http.Request.PathBase.ToUriComponent()}{PageContexts.PrefixOf(http)}/sign-in?back={Uri.EscapeDataString(PageContexts.AddressOf(http))}")
            : await next(context);
    }
}

/// <summary>Says that nothing is there where the address does not fit, or names what no database can keep.</summary>
internal sealed class UsableAddress : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        // A parameter that could not be read has set the status already, and its answer would be empty.
        return http.Response.StatusCode >= StatusCodes.Status400BadRequest || !StorableText.IsAddressStorable(http.Request)
            ? DashboardEndpoints.NotFound(http.RequestServices.GetRequiredService<PageContext>())
            : await next(context);
    }
}

/// <summary>Shows a page that says what to do where the database does not answer, instead of an empty one.</summary>
internal sealed class FaultPage(ILogger<FaultPage> logger) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (Exception fault) when (!context.HttpContext.RequestAborted.IsCancellationRequested)
        {
            // The edge of a page: the reader is told, the log has the fault.
            logger.PageFailed(context.HttpContext.Request.Path, fault);
            return Of(context.HttpContext, "error.text", StatusCodes.Status503ServiceUnavailable);
        }
    }

    /// <summary>The same for a page that met a fault while it was drawn.</summary>
    public static async Task ShowAsync(HttpContext context)
    {
        // A renderer serves one page: the one that met the fault draws no other.
        var services = context.RequestServices;
        await using var scope = services.CreateAsyncScope();
        context.RequestServices = scope.ServiceProvider;
        try
        {
            await Of(context, "error.unexpected", StatusCodes.Status500InternalServerError).ExecuteAsync(context);
        }
        finally
        {
            context.RequestServices = services;
        }
    }

    private static RazorComponentResult Of(HttpContext context, string text, int status)
    {
        var page = context.RequestServices.GetRequiredService<PageContext>();
        return DashboardEndpoints.Show<MessagePage>(
            new()
            {
                [nameof(MessagePage.Title)] = page.Text["error.title"],
                [nameof(MessagePage.Message)] = page.Text[text],
                [nameof(MessagePage.Path)] = page.Address,
                [nameof(MessagePage.Action)] = page.Text["error.again"],
            },
            status);
    }
}

/// <summary>Marks the endpoints that are pages.</summary>
internal sealed class PageMark
{
    public static bool IsOn(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<PageMark>() is not null;
}
