using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Clutch.Client.Wire;
using Clutch.Jobs;
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

/// <summary>The jobs that this program hosts, and their launch.</summary>
internal static class JobEndpoints
{
    public static void Map(IEndpointRouteBuilder api)
    {
        var jobs = api.MapGroup("/jobs").WithTags("Jobs");
        jobs.MapGet("/", List).WithName("ListJobs").WithSummary("The jobs, with their parameters and steps");
        jobs.MapGet("/{name}", Find).WithName("GetJob").WithSummary("One job").ProducesProblem(StatusCodes.Status404NotFound);
        jobs.MapPost("/{name}/executions", LaunchAsync).WithName("LaunchJob").WithSummary("Launch the job, or take up its failed or stopped instance")
            .RequireAuthorization(Policies.Operator).ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict);
    }

    private static Ok<IReadOnlyList<JobView>> List(JobCatalog catalog) => TypedResults.Ok<IReadOnlyList<JobView>>([.. catalog.Jobs.Select(Views.Of)]);

    private static Results<Ok<JobView>, ProblemHttpResult> Find(string name, JobCatalog catalog) =>
        catalog.Find(name) is { } job ? TypedResults.Ok(Views.Of(job)) : Problems.NotFound($"There is no job '{name}'. GET /api/v1/jobs lists them.");

    private static async Task<Results<Created<LaunchAnswer>, Ok<LaunchAnswer>, ValidationProblem, ProblemHttpResult>> LaunchAsync(
        [StringLength(200)] string name, [FromBody] LaunchBody body, Caller caller, JobCatalog catalog, Launches launches, CancellationToken cancellationToken)
    {
        if (catalog.Find(name) is not { } job)
            return Problems.NotFound($"There is no job '{name}'. GET /api/v1/jobs lists them.");
        try
        {
            // Before the audit log: a launch that does not fit changes nothing.
            job.Bind(body.Parameters);
        }
        catch (JobParametersException fault)
        {
            return Problems.Invalid(fault);
        }

        var change = new AuditedChange(caller.Actor, "job.launch", $"job:{name}", body.Reason, JsonSerializer.Serialize(body, WireJson.Default.LaunchBody));
        return (await launches.RunAsync(change, launcher => launcher.LaunchAsync(name, body.Parameters, CancellationToken.None), cancellationToken)) switch
        {
            { Result: LaunchDecision.Launched launched } => Created(launched),
            { Result: LaunchDecision.AlreadyComplete complete } =>
                TypedResults.Ok(new LaunchAnswer { Outcome = LaunchOutcome.AlreadyComplete, Execution = Views.Of(complete.Execution) }),
            { Result: { } refused } => Problems.Of(refused),
            { Problem: var problem } => problem!,
        };
    }

    internal static Created<LaunchAnswer> Created(LaunchDecision.Launched launched) => TypedResults.Created(
        $"/api/v1/executions/{launched.Execution.Id}", new LaunchAnswer { Outcome = LaunchOutcome.Launched, Execution = Views.Of(launched.Execution) });
}
