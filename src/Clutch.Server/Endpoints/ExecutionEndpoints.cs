using System.Text.Json;
using Clutch.Client.Wire;
using Clutch.Executions;
using Clutch.Launching;
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

/// <summary>Executions: lists, details, stop, restart, abandon.</summary>
internal static class ExecutionEndpoints
{
    public static void Map(IEndpointRouteBuilder api)
    {
        var executions = api.MapGroup("/executions").WithTags("Executions");
        executions.MapGet("/", ListAsync).WithName("ListExecutions").WithSummary("A page of executions, newest first");
        var one = executions.MapGroup("/{id:long:min(1)}");
        one.MapGet("/", FindAsync).WithName("GetExecution").WithSummary("One execution with its steps, and what is expected of it").ProducesProblem(StatusCodes.Status404NotFound);
        one.MapGet("/steps", ListStepsAsync).WithName("ListSteps").WithSummary("A page of its step executions and partitions").ProducesProblem(StatusCodes.Status404NotFound);
        one.MapGet("/progress", FindProgressAsync).WithName("GetProgress").WithSummary("How far it is").ProducesProblem(StatusCodes.Status404NotFound);
        Change(one.MapPost("/stop", StopAsync).WithName("StopExecution").WithSummary("Stop it at its next chunk boundary; it is not restarted by itself after that"));
        Change(one.MapPost("/restart", RestartAsync).WithName("RestartExecution").WithSummary("Restart it where it stopped or failed"));
        Change(one.MapPost("/abandon", AbandonAsync).WithName("AbandonExecution").WithSummary("Give it up for good"));
    }

    private static void Change(RouteHandlerBuilder endpoint) => endpoint
        .RequireAuthorization(Policies.Operator).ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict);

    private static async Task<Ok<Page<ExecutionView>>> ListAsync([AsParameters] ExecutionListQuery query, ExecutionQueries executions, CancellationToken cancellationToken) =>
        TypedResults.Ok(await executions.ListAsync(
            new()
            {
                JobName = query.Job,
                Status = (BatchStatus?)query.Status,
                InstanceId = query.Instance is { } instance ? new(instance) : null,
                StartedFrom = query.From,
                StartedBefore = query.To,
                Before = query.Before is { } before ? new(before) : null,
                Limit = query.Limit ?? 50,
            },
            cancellationToken));

    private static async Task<Results<Ok<ExecutionDetails>, ProblemHttpResult>> FindAsync(long id, ExecutionQueries executions, CancellationToken cancellationToken) =>
        await executions.FindDetailsAsync(id, cancellationToken) is { } details ? TypedResults.Ok(details) : Problems.NoExecution(id);

    private static async Task<Results<Ok<Page<StepView>>, ProblemHttpResult>> ListStepsAsync(
        long id, [AsParameters] StepListQuery query, ExecutionQueries executions, CancellationToken cancellationToken)
    {
        var page = await executions.ListStepsAsync(new() { Execution = id, Step = query.Step, After = query.After ?? 0, Limit = query.Limit ?? 200 }, cancellationToken);
        return page.Items.Count > 0 || await executions.FindAsync(id, cancellationToken) is not null ? TypedResults.Ok(page) : Problems.NoExecution(id);
    }

    private static async Task<Results<Ok<ProgressView>, ProblemHttpResult>> FindProgressAsync(long id, ExecutionQueries executions, CancellationToken cancellationToken) =>
        await executions.FindProgressAsync(id, cancellationToken) is { } progress ? TypedResults.Ok(progress) : Problems.NoExecution(id);

    private static async Task<Results<Accepted<ExecutionView>, ProblemHttpResult>> StopAsync(
        long id, [FromBody] ReasonBody body, Caller caller, JobLauncher launcher, ExecutionQueries executions, AuditLog audit, CancellationToken cancellationToken)
    {
        if (await executions.FindAsync(id, cancellationToken) is not { } before)
            return Problems.NoExecution(id);
        await using var entry = await AuditEntry.OpenAsync(audit, Of("execution.stop", before, body, caller), cancellationToken);
        if (await launcher.StopAsync(new(id), CancellationToken.None) is not StopAnswer.Requested)
        {
            entry.Refused();
            // It may have ended since it was looked at.
            var now = await executions.FindAsync(id, cancellationToken) ?? before;
            return Problems.Conflict("not-running", $"Execution {id} is not running: it is {now.Status}.", id);
        }

        entry.Done();
        return TypedResults.Accepted($"/api/v1/executions/{id}", await executions.FindAsync(id, cancellationToken) ?? before);
    }

    private static async Task<Results<Created<LaunchAnswer>, ProblemHttpResult>> RestartAsync(
        long id, [FromBody] ReasonBody body, Caller caller, Launches launches, ExecutionQueries executions, CancellationToken cancellationToken)
    {
        if (await executions.FindAsync(id, cancellationToken) is not { } before)
            return Problems.NoExecution(id);
        var result = await launches.RunAsync(
            Of("execution.restart", before, body, caller), launcher => launcher.RestartAsync(new(id), CancellationToken.None), cancellationToken);
        return result.Result switch
        {
            LaunchDecision.Launched launched => JobEndpoints.Created(launched),
            { } refused => Problems.Of(refused),
            null => result.Problem!,
        };
    }

    private static async Task<Results<Ok<ExecutionView>, ProblemHttpResult>> AbandonAsync(
        long id, [FromBody] ReasonBody body, Caller caller, JobLauncher launcher, ExecutionQueries executions, AuditLog audit, CancellationToken cancellationToken)
    {
        if (await executions.FindAsync(id, cancellationToken) is not { } before)
            return Problems.NoExecution(id);
        await using var entry = await AuditEntry.OpenAsync(audit, Of("execution.abandon", before, body, caller), cancellationToken);
        switch (await launcher.AbandonAsync(new(id), CancellationToken.None))
        {
            case AbandonAnswer.Abandoned:
                entry.Done();
                return TypedResults.Ok(await executions.FindAsync(id, cancellationToken) ?? before);
            case AbandonAnswer.AlreadyComplete:
                entry.Refused();
                return Problems.Conflict("already-complete", $"Execution {id} is complete: there is nothing to give up.", id);
            case AbandonAnswer.Superseded:
                entry.Refused();
                var latest = (await executions.ListAsync(new() { InstanceId = new(before.InstanceId), Limit = 1 }, cancellationToken)).Items[0];
                return Problems.Conflict("superseded", $"A later execution of the same instance exists: {latest.Id}, {latest.Status}. Only the latest can be given up.", latest.Id);
            case AbandonAnswer.StillRunning:
                entry.Refused();
                return Problems.Conflict("still-running", $"Execution {id} is running. Stop it first.", id);
            default:
                entry.Refused();
                return Problems.NoExecution(id);
        }
    }

    private static AuditedChange Of(string action, ExecutionView before, ReasonBody body, Caller caller) =>
        new(caller.Actor, action, $"execution:{before.Id}", body.Reason, JsonSerializer.Serialize(before with { Failure = null }, WireJson.Default.ExecutionView));
}
