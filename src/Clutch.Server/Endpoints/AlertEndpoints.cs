using System.Globalization;
using System.Text.Json;
using Clutch.Client.Wire;
using Clutch.Server.Alerts;
using Clutch.Server.Alerts.Delivery;
using Clutch.Server.Audit;
using Clutch.Server.Security;
using Clutch.Server.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Clutch.Server.Endpoints;

/// <summary>Alerts: lists, what was sent, and what an operator does with them.</summary>
internal static class AlertEndpoints
{
    public static void Map(IEndpointRouteBuilder api)
    {
        var alerts = api.MapGroup("/alerts").WithTags("Alerts");
        alerts.MapGet("/", ListAsync).WithName("ListAlerts").WithSummary("A page of alerts, newest first");
        alerts.MapGet("/{id:long}", FindAsync).WithName("GetAlert").WithSummary("One alert, and what was sent of it");
        alerts.MapGet("/targets", static (AlertQueries queries) => TypedResults.Ok(queries.Targets)).WithName("ListAlertTargets").WithSummary("Where alerts go");
        alerts.MapGet("/silences", ListSilencesAsync).WithName("ListSilences").WithSummary("The silences that last");
        alerts.MapGet("/tests/{test}", ListTestAsync).WithName("GetAlertTest").WithSummary("How a test fares");
        Change(alerts.MapPost("/{id:long}/acknowledge", AcknowledgeAsync).WithName("AcknowledgeAlert").WithSummary("Take an alert on: it is not repeated any more"));
        Change(alerts.MapPost("/{id:long}/resend", ResendAsync).WithName("ResendAlert").WithSummary("Send an alert's messages that failed for good again"));
        Change(alerts.MapPost("/silences", SilenceAsync).WithName("SilenceAlerts").WithSummary("Keep alerts to the server for a while"));
        Change(alerts.MapPost("/silences/{id:long}/end", EndSilenceAsync).WithName("EndSilence").WithSummary("End a silence; what lasts is told"));
        Change(alerts.MapPost("/test", TestAsync).WithName("TestAlerts").WithSummary("Send a test to one target, or to all"));
    }

    private static void Change(RouteHandlerBuilder endpoint) => endpoint.RequireAuthorization(Policies.Operator);

    private static async Task<Ok<Page<AlertView>>> ListAsync([AsParameters] AlertListQuery query, AlertQueries alerts, CancellationToken cancellationToken) =>
        TypedResults.Ok(await alerts.ListAsync(query, cancellationToken));

    private static async Task<Results<Ok<AlertDetails>, ProblemHttpResult>> FindAsync(long id, AlertQueries alerts, CancellationToken cancellationToken) =>
        await alerts.FindDetailsAsync(id, cancellationToken) is { } details ? TypedResults.Ok(details) : Unknown(id);

    private static async Task<Ok<IReadOnlyList<AlertSilenceView>>> ListSilencesAsync(AlertQueries alerts, CancellationToken cancellationToken) =>
        TypedResults.Ok(await alerts.ListSilencesAsync(cancellationToken));

    private static async Task<Results<Ok<IReadOnlyList<AlertDeliveryView>>, ProblemHttpResult>> ListTestAsync(string test, AlertQueries alerts, CancellationToken cancellationToken) =>
        await alerts.ListTestAsync(test, cancellationToken) is { Count: > 0 } deliveries ? TypedResults.Ok(deliveries) : Problems.NotFound($"There is no test '{test}'. POST /api/v1/alerts/test sends one.");

    private static async Task<Results<Ok<AlertView>, ProblemHttpResult>> AcknowledgeAsync(
        long id, [FromBody] ReasonBody body, Caller caller, AlertQueries alerts, AlertStore store, AuditLog audit, CancellationToken cancellationToken)
    {
        if (await alerts.FindAsync(id, cancellationToken) is not { } before)
            return Unknown(id);
        await using var entry = await AuditEntry.OpenAsync(audit, new(caller.Actor, "alert.acknowledge", TargetOf(id), body.Reason, before.State.ToString()), cancellationToken);
        if (!await store.AcknowledgeAsync(id, caller.Actor, CancellationToken.None))
        {
            entry.Refused();
            return Problems.Conflict("not-open", string.Create(CultureInfo.InvariantCulture, $"Alert {id} is not open: {before.State}."));
        }

        entry.Done(nameof(AlertState.Acknowledged));
        return TypedResults.Ok((await alerts.FindAsync(id, cancellationToken))!);
    }

    private static async Task<Results<Ok<AlertDetails>, ProblemHttpResult>> ResendAsync(
        long id, [FromBody] AlertResendBody body, Caller caller, AlertQueries alerts, AlertStore store, AlertOutbox outbox, AuditLog audit, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(id, cancellationToken) is not { } row)
            return Unknown(id);
        await using var entry = await AuditEntry.OpenAsync(audit, new(caller.Actor, "alert.resend", TargetOf(id), body.Reason, body.Target), cancellationToken);
        if (row.Thread is not { } thread || await outbox.ResendAsync(AlertOutbox.KeyOf(thread), body.Target, caller.Actor, CancellationToken.None) == 0)
        {
            entry.Refused();
            return Problems.Conflict("nothing-failed", string.Create(CultureInfo.InvariantCulture, $"No message of alert {id}{(body.Target is { } target ? $" to '{target}'" : string.Empty)} has failed for good."));
        }

        entry.Done();
        return TypedResults.Ok((await alerts.FindDetailsAsync(id, cancellationToken))!);
    }

    private static async Task<Results<Created<AlertSilenceView>, ProblemHttpResult>> SilenceAsync(
        [FromBody] AlertSilenceBody body, Caller caller, AlertQueries alerts, SilenceStore silences, AuditLog audit, CancellationToken cancellationToken)
    {
        if (body.Alert is { } id && await alerts.FindAsync(id, cancellationToken) is null)
            return Unknown(id);
        var change = new AuditedChange(caller.Actor, "alert.silence", body.Alert is { } alert ? TargetOf(alert) : "alerts", body.Reason, Before: null);
        await using var entry = await AuditEntry.OpenAsync(audit, change, cancellationToken);
        var silence = await silences.AddAsync(body, caller.Actor, CancellationToken.None);
        entry.Done(JsonSerializer.Serialize(silence, WireJson.Default.AlertSilenceView));
        return TypedResults.Created("/api/v1/alerts/silences", silence);
    }

    private static async Task<Results<Ok<AlertSilenceView>, ProblemHttpResult>> EndSilenceAsync(
        long id, [FromBody] ReasonBody body, Caller caller, SilenceStore silences, AuditLog audit, CancellationToken cancellationToken)
    {
        if (await silences.FindAsync(id, cancellationToken) is not { } before)
            return Problems.NotFound(string.Create(CultureInfo.InvariantCulture, $"There is no silence {id}. GET /api/v1/alerts/silences lists them."));
        var change = new AuditedChange(
            caller.Actor, "alert.unsilence", string.Create(CultureInfo.InvariantCulture, $"silence:{id}"), body.Reason, JsonSerializer.Serialize(before, WireJson.Default.AlertSilenceView));
        await using var entry = await AuditEntry.OpenAsync(audit, change, cancellationToken);
        if (!await silences.EndAsync(id, CancellationToken.None))
        {
            entry.Refused();
            return Problems.Conflict("not-open", string.Create(CultureInfo.InvariantCulture, $"Silence {id} ended already."));
        }

        entry.Done();
        return TypedResults.Ok((await silences.FindAsync(id, cancellationToken))!);
    }

    private static async Task<Results<Accepted<AlertTestView>, ProblemHttpResult>> TestAsync(
        [FromBody] AlertTestBody body, Caller caller, AlertOutbox outbox, ServerDatabase database, AuditLog audit, CancellationToken cancellationToken)
    {
        var targets = outbox.Targets.Where(target => body.Target is null || target.Name == body.Target).ToList();
        if (targets.Count == 0)
            return Problems.NotFound(body.Target is { } name ? $"There is no target '{name}'. GET /api/v1/alerts/targets lists them." : "Alerts go nowhere: the options name no target (Clutch:Server:Alerts).");
        var test = Guid.CreateVersion7().ToString("N");
        await using var entry = await AuditEntry.OpenAsync(audit, new(caller.Actor, "alert.test", "alerts", body.Reason, Before: null), cancellationToken);
        await outbox.EnqueueTestAsync(database, test, targets, caller.Actor, CancellationToken.None);
        entry.Done();
        return TypedResults.Accepted($"/api/v1/alerts/tests/{test}", new AlertTestView(test, [.. targets.Select(target => target.Name)]));
    }

    private static string TargetOf(long id) => string.Create(CultureInfo.InvariantCulture, $"alert:{id}");

    private static ProblemHttpResult Unknown(long id) => Problems.NotFound(string.Create(CultureInfo.InvariantCulture, $"There is no alert {id}. GET /api/v1/alerts lists them."));
}
