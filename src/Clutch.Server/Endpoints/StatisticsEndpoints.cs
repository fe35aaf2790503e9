using System.ComponentModel.DataAnnotations;
using Clutch.Client.Wire;
using Clutch.Launching;
using Clutch.Server.Nodes;
using Clutch.Server.Queries;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Clutch.Server.Endpoints;

/// <summary>Figures for a page that people look at.</summary>
internal static class StatisticsEndpoints
{
    public static void Map(IEndpointRouteBuilder api)
    {
        var statistics = api.MapGroup("/statistics").WithTags("Statistics");
        statistics.MapGet("/overview", OverviewAsync).WithName("GetOverview").WithSummary("The state of everything at a glance");
        statistics.MapGet("/jobs", JobsAsync).WithName("ListJobHistories").WithSummary("Each job with its latest executions and how long it takes");
        statistics.MapGet("/jobs/{name}", JobAsync).WithName("GetJobHistory").WithSummary("One job with its latest executions").ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static async Task<Ok<OverviewView>> OverviewAsync(StatisticsQueries statistics, NodeRegistry nodes, CancellationToken cancellationToken) =>
        TypedResults.Ok(await statistics.OverviewAsync(await nodes.ListAsync(cancellationToken), cancellationToken));

    private static async Task<Ok<IReadOnlyList<JobHistoryView>>> JobsAsync(
        [Range(1, 100)] int? runs, JobCatalog catalog, StatisticsQueries statistics, CancellationToken cancellationToken) =>
        TypedResults.Ok(await statistics.ListHistoriesAsync([.. catalog.Jobs.Select(job => job.Name)], runs ?? 10, cancellationToken));

    private static async Task<Results<Ok<JobHistoryView>, ProblemHttpResult>> JobAsync(
        string name, [Range(1, 500)] int? runs, JobCatalog catalog, StatisticsQueries statistics, CancellationToken cancellationToken) =>
        catalog.Find(name) is null
            ? Problems.NotFound($"There is no job '{name}'. GET /api/v1/jobs lists them.")
            : TypedResults.Ok((await statistics.ListHistoriesAsync([name], runs ?? 30, cancellationToken))[0]);
}
