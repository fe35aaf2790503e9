using System.Globalization;
using System.Text.Json;
using Clutch.Client.Wire;
using Clutch.Outbox.Administration;
using Clutch.Server.Audit;
using Clutch.Server.Queries;
using Clutch.Server.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Clutch.Server.Endpoints;

/// <summary>The outbox: channels, messages, and what an operator does with them.</summary>
internal static class OutboxEndpoints
{
    public static void Map(IEndpointRouteBuilder api)
    {
        var outbox = api.MapGroup("/outbox").WithTags("Outbox").AddEndpointFilter<OutboxRequired>().ProducesProblem(StatusCodes.Status404NotFound);
        outbox.MapGet("/", ListAsync).WithName("ListChannels").WithSummary("All channels");
        outbox.MapGet("/{channel}", FindAsync).WithName("GetChannel").WithSummary("One channel");
        outbox.MapGet("/{channel}/messages", ListMessagesAsync).WithName("ListMessages").WithSummary("A page of messages by number");
        Change(outbox.MapPost("/{channel}/pause", PauseAsync).WithName("PauseChannel").WithSummary("Stop sending, in all processes"));
        Change(outbox.MapPost("/{channel}/resume", ResumeAsync).WithName("ResumeChannel").WithSummary("Send again, and forget a fault"));
        Change(outbox.MapPost("/{channel}/redrive", RedriveAsync).WithName("RedriveMessages").WithSummary("Send failed messages again with fresh attempts"));
        Change(outbox.MapPost("/{channel}/acknowledge", AcknowledgeAsync).WithName("AcknowledgeMessages").WithSummary("Mark failed messages as seen"));
        Change(outbox.MapPost("/{channel}/cancel", CancelAsync).WithName("CancelMessages").WithSummary("Fail messages that wait to be sent, as cancelled"));
    }

    private static void Change(RouteHandlerBuilder endpoint) => endpoint.RequireAuthorization(Policies.Operator);

    private static async Task<Ok<IReadOnlyList<OutboxChannelView>>> ListAsync(OutboxQueries outbox, CancellationToken cancellationToken) =>
        TypedResults.Ok(await outbox.ListAsync(cancellationToken));

    private static async Task<Results<Ok<OutboxChannelView>, ProblemHttpResult>> FindAsync(string channel, OutboxQueries outbox, CancellationToken cancellationToken) =>
        await outbox.FindAsync(channel, cancellationToken) is { } view ? TypedResults.Ok(view) : Unknown(channel);

    private static async Task<Results<Ok<Page<OutboxMessageLine>>, ProblemHttpResult>> ListMessagesAsync(
        string channel, [AsParameters] OutboxMessageQuery query, OutboxQueries outbox, CancellationToken cancellationToken)
    {
        if (!outbox.Has(channel))
            return Unknown(channel);
        var filter = new MessageFilter { Channel = channel, Group = query.Group, Key = query.Key, Status = query.Status is { } status ? Enum.Parse<MessageStatus>(status) : null };
        return TypedResults.Ok(await outbox.ListMessagesAsync(filter, query.After ?? 0, query.Limit ?? 100, cancellationToken));
    }

    private static Task<Results<Ok<OutboxActionView>, ProblemHttpResult>> PauseAsync(
        string channel, [FromBody] OutboxSelection body, Caller caller, OutboxQueries outbox, AuditLog audit, CancellationToken cancellationToken) =>
        RunAsync(channel, "pause", body, caller, outbox, audit, async admin => await PauseChannelAsync(admin, channel, body.Group), cancellationToken);

    private static Task<Results<Ok<OutboxActionView>, ProblemHttpResult>> ResumeAsync(
        string channel, [FromBody] OutboxSelection body, Caller caller, OutboxQueries outbox, AuditLog audit, CancellationToken cancellationToken) =>
        RunAsync(channel, "resume", body, caller, outbox, audit, async admin => await ResumeChannelAsync(admin, channel, body.Group), cancellationToken);

    private static Task<Results<Ok<OutboxActionView>, ProblemHttpResult>> RedriveAsync(
        string channel, [FromBody] OutboxSelection body, Caller caller, OutboxQueries outbox, AuditLog audit, CancellationToken cancellationToken) =>
        RunAsync(channel, "redrive", body, caller, outbox, audit, async admin => await RedriveChannelAsync(admin, FilterOf(channel, body), body.RatePerSecond, caller), cancellationToken);

    private static Task<Results<Ok<OutboxActionView>, ProblemHttpResult>> AcknowledgeAsync(
        string channel, [FromBody] OutboxSelection body, Caller caller, OutboxQueries outbox, AuditLog audit, CancellationToken cancellationToken) =>
        RunAsync(channel, "acknowledge", body, caller, outbox, audit, async admin => Counted(await admin.AcknowledgeAsync(FilterOf(channel, body), CancellationToken.None)), cancellationToken);

    private static Task<Results<Ok<OutboxActionView>, ProblemHttpResult>> CancelAsync(
        string channel, [FromBody] OutboxSelection body, Caller caller, OutboxQueries outbox, AuditLog audit, CancellationToken cancellationToken) =>
        RunAsync(channel, "cancel", body, caller, outbox, audit, async admin => Counted(await admin.CancelAsync(FilterOf(channel, body), CancellationToken.None)), cancellationToken);

    private static async Task<OutboxActionView> PauseChannelAsync(IOutboxAdmin admin, string channel, string? group)
    {
        await admin.PauseAsync(channel, group, CancellationToken.None);
        return Counted(0);
    }

    private static async Task<OutboxActionView> ResumeChannelAsync(IOutboxAdmin admin, string channel, string? group)
    {
        await admin.ResumeAsync(channel, group, CancellationToken.None);
        return Counted(0);
    }

    private static async Task<OutboxActionView> RedriveChannelAsync(IOutboxAdmin admin, MessageFilter filter, double? rate, Caller caller)
    {
        var redrive = new Redrive { CommandId = Guid.CreateVersion7().ToString(), Filter = filter, By = caller.Actor, RatePerSecond = rate };
        var result = await admin.RedriveAsync(redrive, CancellationToken.None);
        return new(result.MatchedCount, result.RedrivenCount, result.SupersededCount);
    }

    private static async Task<Results<Ok<OutboxActionView>, ProblemHttpResult>> RunAsync(
        string channel,
        string action,
        OutboxSelection body,
        Caller caller,
        OutboxQueries outbox,
        AuditLog audit,
        Func<IOutboxAdmin, Task<OutboxActionView>> run,
        CancellationToken cancellationToken)
    {
        if (!outbox.Has(channel))
            return Unknown(channel);
        if (action is "pause" or "resume" && body is not { Key: null, FailureKind: null, ProblemType: null, RatePerSecond: null })
            return Problems.Of(StatusCodes.Status400BadRequest, "not-selectable", "Not possible for a part of a group", $"'{action}' takes a channel, or one group of it: leave out key, failureKind, problemType and ratePerSecond.");
        var change = new AuditedChange(caller.Actor, $"outbox.{action}", $"outbox:{channel}", body.Reason, JsonSerializer.Serialize(body, WireJson.Default.OutboxSelection));
        await using var entry = await AuditEntry.OpenAsync(audit, change, cancellationToken);
        var view = await run(outbox.Admin);
        entry.Done(JsonSerializer.Serialize(view, WireJson.Default.OutboxActionView));
        return TypedResults.Ok(view);
    }

    private static MessageFilter FilterOf(string channel, OutboxSelection body) => new()
    {
        Channel = channel,
        Group = body.Group,
        Key = body.Key,
        FailureKind = body.FailureKind is { } kind ? Enum.Parse<FailureKind>(kind) : null,
        ProblemType = body.ProblemType,
        HasNoProblemType = body.HasNoProblemType,
    };

    private static OutboxActionView Counted(int count) => new(count, count, SupersededCount: 0);

    private static ProblemHttpResult Unknown(string channel) => Problems.NotFound(string.Create(CultureInfo.InvariantCulture, $"There is no channel '{channel}'. GET /api/v1/outbox lists them."));
}

/// <summary>Says that a program without an outbox has none.</summary>
internal sealed class OutboxRequired(OutboxQueries outbox) : IEndpointFilter
{
    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        // A body that could not be read is told first.
        outbox.IsThere || context.HttpContext.Response.StatusCode >= 400 ? next(context) : ValueTask.FromResult<object?>(Problems.NotFound("This server has no outbox: its program does not add one."));
}
