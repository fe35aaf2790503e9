using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Clutch.Client.Wire;
using Clutch.Items;
using Clutch.Repository;
using Clutch.Server.Audit;
using Clutch.Server.Queries;
using Clutch.Server.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Clutch.Server.Endpoints;

/// <summary>Dead letters: lists, groups, export, correction, re-drive.</summary>
internal static class DeadLetterEndpoints
{
    public static void Map(IEndpointRouteBuilder api)
    {
        var letters = api.MapGroup("/dead-letters").WithTags("Dead letters");
        letters.MapGet("/", ListAsync).WithName("ListDeadLetters").WithSummary("A page of dead letters, oldest first").ProducesProblem(StatusCodes.Status404NotFound);
        letters.MapGet("/groups", GroupsAsync).WithName("ListDeadLetterGroups").WithSummary("Open dead letters by error, most first");
        letters.MapGet("/export", ExportAsync).WithName("ExportDeadLetters").WithSummary("All dead letters of a filter as CSV or JSON Lines")
            .Produces(StatusCodes.Status200OK, contentType: DeadLetterExport.CsvType).Produces(StatusCodes.Status200OK, contentType: DeadLetterExport.JsonLinesType)
            .ProducesProblem(StatusCodes.Status404NotFound);
        letters.MapGet("/{id:long:min(1)}", FindAsync).WithName("GetDeadLetter").WithSummary("One dead letter").ProducesProblem(StatusCodes.Status404NotFound);
        letters.MapPut("/{id:long:min(1)}/payload", EditAsync).WithName("EditDeadLetter").WithSummary("Correct the payload of an open dead letter before it is run again")
            .RequireAuthorization(Policies.Operator).ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict);
        letters.MapPost("/redrive", RedriveAsync).WithName("RedriveDeadLetters").WithSummary("Run a step's open dead letters through its processors and writer again")
            .RequireAuthorization(Policies.Operator).ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict);
        letters.MapPost("/groups/redrive", RedriveGroupAsync).WithName("RedriveDeadLetterGroup").WithSummary("Run all open dead letters of a step with an error of one type again, an execution for each job instance")
            .RequireAuthorization(Policies.Operator).ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict);
    }

    // Half a hundred launches are a moment; thousands would outlast the patience of a browser.
    private const int MaxInstances = 50;

    private static async Task<Results<Ok<Page<DeadLetterView>>, ProblemHttpResult>> ListAsync(
        [AsParameters] DeadLetterQuery query, DeadLetterQueries letters, ExecutionQueries executions, CancellationToken cancellationToken) =>
        await FilterAsync(query, executions, cancellationToken) is { } filter
            ? TypedResults.Ok(await letters.ListAsync(filter, cancellationToken))
            : Problems.NoExecution(query.Execution!.Value);

    private static async Task<Ok<DeadLetterGroups>> GroupsAsync(DeadLetterQueries letters, CancellationToken cancellationToken) =>
        TypedResults.Ok(await letters.ListGroupsAsync(cancellationToken));

    private static async Task<IResult> ExportAsync(
        [AsParameters] DeadLetterQuery query, [RegularExpression("^(csv|jsonl)$")] string? format, DeadLetterQueries letters, ExecutionQueries executions, CancellationToken cancellationToken)
    {
        if (await FilterAsync(query, executions, cancellationToken) is not { } filter)
            return Problems.NoExecution(query.Execution!.Value);
        var all = letters.ReadAsync(filter, cancellationToken);
        return format == "jsonl"
            ? TypedResults.Stream(body => DeadLetterExport.WriteJsonLinesAsync(all, body), DeadLetterExport.JsonLinesType, "dead-letters.jsonl")
            : TypedResults.Stream(body => DeadLetterExport.WriteCsvAsync(all, body), DeadLetterExport.CsvType, "dead-letters.csv");
    }

    private static async Task<Results<Ok<DeadLetterView>, ProblemHttpResult>> FindAsync(long id, DeadLetterQueries letters, CancellationToken cancellationToken) =>
        await letters.FindAsync(id, cancellationToken) is { } letter ? TypedResults.Ok(letter) : Unknown(id);

    private static async Task<Results<Ok<DeadLetterView>, ValidationProblem, ProblemHttpResult>> EditAsync(
        long id, [FromBody] DeadLetterEdit body, Caller caller, DeadLetterQueries letters, AuditLog audit, CancellationToken cancellationToken)
    {
        if (JsonFault(body.Payload) is { } fault)
            return Problems.Invalid("payload", fault);
        if (await letters.FindAsync(id, cancellationToken) is not { } before)
            return Unknown(id);
        var change = new AuditedChange(caller.Actor, "dead-letter.edit", $"dead-letter:{id}", body.Reason, before.Payload);
        await using var entry = await AuditEntry.OpenAsync(audit, change, cancellationToken);
        if (!await letters.EditAsync(id, body.Payload, CancellationToken.None))
        {
            entry.Refused();
            return Problems.Conflict("not-open", $"Dead letter {id} cannot be corrected: it was run again already, or could not even be read.");
        }

        entry.Done(body.Payload);
        return TypedResults.Ok(before with { Payload = body.Payload });
    }

    private static async Task<Results<Created<LaunchAnswer>, ProblemHttpResult>> RedriveAsync(
        [FromBody] RedriveBody body, Caller caller, Launches launches, CancellationToken cancellationToken)
    {
        var change = new AuditedChange(
            caller.Actor, "dead-letter.redrive", $"execution:{body.ExecutionId}", body.Reason, JsonSerializer.Serialize(body, WireJson.Default.RedriveBody));
        var result = await launches.RunAsync(
            change, launcher => launcher.RedriveAsync(new(body.ExecutionId), body.Step, body.Letter, failureType: null, CancellationToken.None), cancellationToken);
        return result.Result switch
        {
            LaunchDecision.Launched launched => JobEndpoints.Created(launched),
            { } refused => Problems.Of(refused),
            null => result.Problem!,
        };
    }

    private static async Task<Results<Ok<RedriveGroupAnswer>, ProblemHttpResult>> RedriveGroupAsync(
        [FromBody] RedriveGroupBody body, Caller caller, DeadLetterQueries letters, Launches launches, CancellationToken cancellationToken)
    {
        var found = await letters.ListOwnersAsync(body.Job, body.Step, body.ErrorType, MaxInstances + 1, cancellationToken);
        if (found.Count == 0)
            return Problems.NotFound($"No open dead letter of step '{body.Step}' of job '{body.Job}' with an error of type '{body.ErrorType}' can be run again, or all are being run again already. GET /api/v1/dead-letters/groups lists what there is.");
        var launched = new List<ExecutionView>();
        foreach (var execution in found.Take(MaxInstances))
        {
            var change = new AuditedChange(
                caller.Actor, "dead-letter.redrive", $"execution:{execution}", body.Reason, JsonSerializer.Serialize(body, WireJson.Default.RedriveGroupBody));
            var result = await launches.RunAsync(
                change, launcher => launcher.RedriveAsync(new(execution), body.Step, letter: null, body.ErrorType, CancellationToken.None), cancellationToken);
            if (result.Result is LaunchDecision.Launched one)
                launched.Add(Views.Line(one.Execution));
            else if (launched.Count == 0)
                return result.Problem ?? Problems.Of(result.Result!);
            else
                return TypedResults.Ok(new RedriveGroupAnswer(launched, IsMore: true));  // What runs already must be named; asking again tells why the next one does not.
        }

        return TypedResults.Ok(new RedriveGroupAnswer(launched, found.Count > MaxInstances));
    }

    private static async Task<DeadLetterFilter?> FilterAsync(DeadLetterQuery query, ExecutionQueries executions, CancellationToken cancellationToken)
    {
        long? instance = null;
        if (query.Execution is { } id && (instance = (await executions.FindAsync(id, cancellationToken))?.InstanceId) is null)
            return null;
        return new()
        {
            JobName = query.Job,
            StepName = query.Step,
            InstanceId = instance is { } known ? new(known) : null,
            Status = (DeadLetterStatus)(query.Status ?? DeadLetterState.Open),
            After = query.After ?? 0,
            Limit = query.Limit ?? 100,
        };
    }

    private static string? JsonFault(string payload)
    {
        try
        {
            using var document = JsonDocument.Parse(payload);
            return null;
        }
        catch (JsonException fault)
        {
            return $"The payload is not JSON: {fault.Message}";
        }
    }

    private static ProblemHttpResult Unknown(long id) => Problems.NotFound($"There is no dead letter {id}.");
}
