using Clutch.Server.Alerts;
using Clutch.Server.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Clutch.Server.Health;

/// <summary>What an orchestrator asks: whether the process lives, and whether it takes work. And what a watcher outside asks: whether alerts work, in any process. They tell nothing more, so anybody may ask.</summary>
internal static class HealthEndpoints
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/health/live", static () => TypedResults.Text("live")).AllowAnonymous().ExcludeFromDescription();
        endpoints.MapGet("/health/ready", ReadyAsync).AllowAnonymous().ExcludeFromDescription();
        endpoints.MapGet("/health/alerts", AlertsAsync).AllowAnonymous().ExcludeFromDescription();
    }

    private static async Task<ContentHttpResult> ReadyAsync(Drain drain, ServerDatabase database, HttpContext context)
    {
        if (drain.IsUnderWay)
            return TypedResults.Text("draining", statusCode: StatusCodes.Status503ServiceUnavailable);
        return await AnswersAsync(database, context.RequestAborted)
            ? TypedResults.Text("ready")
            : TypedResults.Text("the database does not answer", statusCode: StatusCodes.Status503ServiceUnavailable);
    }

    // Apart from readiness: a load balancer must not take a server out because a mail server is down.
    private static async Task<ContentHttpResult> AlertsAsync(AlertWatch watch, HttpContext context)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        timeout.CancelAfter(Patience);
        try
        {
            return await watch.FindFaultAsync(timeout.Token) is { } fault
                ? TypedResults.Text(fault, statusCode: StatusCodes.Status503ServiceUnavailable)
                : TypedResults.Text("alerts work");
        }
        catch (Exception) when (!context.RequestAborted.IsCancellationRequested)
        {
            return TypedResults.Text("the database does not answer", statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    private static async Task<bool> AnswersAsync(ServerDatabase database, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(Patience);
        try
        {
            await database.QueryAsync(new("SELECT '1' FROM clutch_repository"), Relational.Rows.Text, timeout.Token);
            return true;
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Whatever it is: a process without its database takes no work. The workers log the fault itself.
            return false;
        }
    }
}
