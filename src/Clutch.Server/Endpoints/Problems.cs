using Clutch.Jobs;
using Clutch.Repository;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Clutch.Server.Endpoints;

/// <summary>What is wrong, as RFC 9457 has it; docs/reference/http.md lists the types.</summary>
internal static class Problems
{
    private const string Prefix = "urn:clutch:problem:";

    public static ProblemHttpResult NotFound(string what) => Of(StatusCodes.Status404NotFound, "not-found", "Not found", what);

    public static ProblemHttpResult NoExecution(long id) => NotFound($"There is no execution {id}. GET /api/v1/executions lists them.");

    public static ProblemHttpResult Forbidden(string type, string detail) => Of(StatusCodes.Status403Forbidden, type, "Forbidden", detail);

    public static ProblemHttpResult Conflict(string type, string detail, long? executionId = null) => Of(StatusCodes.Status409Conflict, type, "Not possible as it stands", detail, executionId);

    public static ProblemHttpResult Unavailable(string type, string detail) => Of(StatusCodes.Status503ServiceUnavailable, type, "Not now", detail);

    public static ProblemHttpResult Of(int status, string type, string title, string detail, long? executionId = null)
    {
        var problem = new ProblemDetails { Type = Prefix + type, Title = title, Status = status, Detail = detail };
        if (executionId is { } id)
            problem.Extensions["executionId"] = id;
        return TypedResults.Problem(problem);
    }

    /// <summary>Faults by field, as validation tells them.</summary>
    public static ValidationProblem Invalid(string field, params string[] errors) =>
        Invalid(new Dictionary<string, string[]>(StringComparer.Ordinal) { [field] = errors });

    public static ValidationProblem Invalid(IDictionary<string, string[]> errors) =>
        TypedResults.ValidationProblem(errors, "Some fields do not fit; 'errors' says which, and what is expected.", title: "Wrong input", type: Prefix + "invalid");

    /// <summary>Faults of a job's parameters, each beside its field.</summary>
    public static ValidationProblem Invalid(JobParametersException fault) => Invalid(fault.ParameterErrors
        .GroupBy(error => $"parameters.{error.Name}", StringComparer.Ordinal)
        .ToDictionary(group => group.Key, group => group.Select(error => error.Message).ToArray(), StringComparer.Ordinal));

    /// <summary>Why a launch was refused.</summary>
    public static ProblemHttpResult Of(LaunchDecision decision) => decision switch
    {
        LaunchDecision.AlreadyRunning running => Conflict(
            "already-running", $"The instance runs already: execution {running.Execution.Id} on node '{running.Execution.Node}'. Stop it, or wait.", running.Execution.Id.Value),
        LaunchDecision.AlreadyComplete complete => Conflict(
            "already-complete", $"The instance is complete, by execution {complete.Execution.Id}. To run it again, change an identifying parameter.", complete.Execution.Id.Value),
        LaunchDecision.Abandoned abandoned => Conflict(
            "abandoned", $"Execution {abandoned.Execution.Id} was abandoned: its instance never runs again. Change an identifying parameter.", abandoned.Execution.Id.Value),
        LaunchDecision.Superseded superseded => Conflict(
            "superseded", $"A later execution of the same instance exists: {superseded.Latest.Id}, {superseded.Latest.Status}. Restart that one.", superseded.Latest.Id.Value),
        LaunchDecision.LimitReached { Limit: LaunchLimit.Job } limit => Conflict(
            "limit-reached", $"{limit.MaxRunning} executions of the job run already, and no more are allowed. Try again when one has ended."),
        LaunchDecision.LimitReached limit => Conflict(
            "limit-reached", $"{limit.MaxRunning} executions run in this process already, and no more are allowed. Try again when one has ended, or ask another process."),
        LaunchDecision.Unknown unknown => NoExecution(unknown.Id.Value),
        _ => throw new System.Diagnostics.UnreachableException($"Unknown decision '{decision}'."),
    };
}
