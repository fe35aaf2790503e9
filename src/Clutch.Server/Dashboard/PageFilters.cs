using Clutch.Server.Dashboard.Layout;
using Clutch.Server.Dashboard.Pages;
using Clutch.Server.Security;
using Clutch.Server.Telemetry;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Clutch.Server.Dashboard;

/// <summary>Says who looks at a page; who is nobody is sent to the sign-in.</summary>
internal sealed class SignInRequired : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        var answer = await http.AuthenticateAsync(ClutchAuthentication.SchemeName);
        if (!answer.Succeeded || Caller.From(answer.Principal) is null)
            return Results.LocalRedirect($"{http.Request.PathBase}{PageContexts.PrefixOf(http)}/sign-in?back={Uri.EscapeDataString(PageContexts.AddressOf(http))}");
        http.User = answer.Principal;
        return await next(context);
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
            var page = context.HttpContext.RequestServices.GetRequiredService<PageContext>();
            return DashboardEndpoints.Show<MessagePage>(
                new()
                {
                    [nameof(MessagePage.Title)] = page.Text["error.title"],
                    [nameof(MessagePage.Message)] = page.Text["error.text"],
                    [nameof(MessagePage.Path)] = page.Address,
                    [nameof(MessagePage.Action)] = page.Text["error.again"],
                },
                StatusCodes.Status503ServiceUnavailable);
        }
    }
}
