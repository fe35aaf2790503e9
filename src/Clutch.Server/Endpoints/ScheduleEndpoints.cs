using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Clutch.Client.Wire;
using Clutch.Scheduling;
using Clutch.Server.Audit;
using Clutch.Server.Security;
using Clutch.Server.Texts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Clutch.Server.Endpoints;

/// <summary>Schedules: lists, history, changes.</summary>
internal static class ScheduleEndpoints
{
    public static void Map(IEndpointRouteBuilder api)
    {
        var schedules = api.MapGroup("/schedules").WithTags("Schedules").AddEndpointFilter<SchedulesRequired>().ProducesProblem(StatusCodes.Status404NotFound);
        schedules.MapGet("/", ListAsync).WithName("ListSchedules").WithSummary("All schedules by name");
        schedules.MapGet("/firings", ListFiringsAsync).WithName("ListFirings").WithSummary("A page of firings, newest first");
        schedules.MapGet("/misfires", ListMisfiresAsync).WithName("ListMisfires").WithSummary("A page of firings that did not happen, newest first");
        schedules.MapPost("/preview", Preview).WithName("PreviewSchedule").WithSummary("What a definition would do; nothing is stored");
        schedules.MapGet("/{name}", FindAsync).WithName("GetSchedule").WithSummary("One schedule");
        Change(schedules.MapPost("/", CreateAsync).WithName("CreateSchedule").WithSummary("Create a schedule"));
        Change(schedules.MapPut("/{name}", EditAsync).WithName("EditSchedule").WithSummary("Put another definition in its place"));
        Change(schedules.MapPost("/{name}/pause", PauseAsync).WithName("PauseSchedule").WithSummary("Stop its firing until it is resumed"));
        Change(schedules.MapPost("/{name}/resume", ResumeAsync).WithName("ResumeSchedule").WithSummary("Let it fire again"));
        Change(schedules.MapPost("/{name}/run", RunAsync).WithName("RunSchedule").WithSummary("Fire it once now"));
        Change(schedules.MapPost("/{name}/revert", RevertAsync).WithName("RevertSchedule").WithSummary("Give an edited schedule back to the program's code"));
        Change(schedules.MapPost("/{name}/delete", DeleteAsync).WithName("DeleteSchedule").WithSummary("Delete it"));
    }

    private static void Change(RouteHandlerBuilder endpoint) => endpoint.RequireAuthorization(Policies.Operator).ProducesProblem(StatusCodes.Status409Conflict);

    private static async Task<Ok<IReadOnlyList<ScheduleView>>> ListAsync([FromServices] ISchedules? schedules, CancellationToken cancellationToken) =>
        TypedResults.Ok<IReadOnlyList<ScheduleView>>([.. (await schedules!.ListAsync(cancellationToken)).Select(schedule => schedule.ToView())]);

    private static async Task<Results<Ok<ScheduleView>, ProblemHttpResult>> FindAsync(string name, [FromServices] ISchedules? schedules, CancellationToken cancellationToken) =>
        await schedules!.FindAsync(name, cancellationToken) is { } schedule ? TypedResults.Ok(schedule.ToView()) : Unknown(name);

    private static async Task<Ok<IReadOnlyList<FiringView>>> ListFiringsAsync(
        [AsParameters] FiringQuery query, [FromServices] ISchedules? schedules, CancellationToken cancellationToken) =>
        TypedResults.Ok<IReadOnlyList<FiringView>>([.. (await schedules!.ListFiringsAsync(FilterOf(query), cancellationToken)).Select(firing => firing.ToView())]);

    private static async Task<Ok<IReadOnlyList<MisfireView>>> ListMisfiresAsync(
        [AsParameters] FiringQuery query, [FromServices] ISchedules? schedules, CancellationToken cancellationToken)
    {
        var misfires = await schedules!.ListMisfiresAsync(FilterOf(query), cancellationToken);
        return TypedResults.Ok<IReadOnlyList<MisfireView>>(
            [.. misfires.Select(misfire => new MisfireView(misfire.ScheduleName, misfire.ScheduledAt, misfire.NoticedAt, misfire.Reason.ToString(), misfire.Node))]);
    }

    private static Results<Ok<SchedulePreviewView>, ValidationProblem> Preview(
        [FromBody] ScheduleBody body, [Range(1, 100)] int? count, [StringLength(20)] string? language, [FromServices] ISchedules? schedules)
    {
        if (body.ToDefinition() is not { } definition)
            return NoTrigger();
        try
        {
            var preview = schedules!.Preview(definition, count ?? 5);
            return TypedResults.Ok(language is null ? preview.ToView() : preview.ToView(definition, TextBook.Choose(language, [])));
        }
        catch (ScheduleDefinitionException fault)
        {
            return Problems.Invalid("definition", [.. fault.Errors]);
        }
    }

    private static async Task<Results<Created<ScheduleView>, ValidationProblem, ProblemHttpResult>> CreateAsync(
        [FromBody] ScheduleBody body, Caller caller, [FromServices] ISchedules? schedules, AuditLog audit, CancellationToken cancellationToken)
    {
        if (body.ToDefinition() is not { } definition)
            return NoTrigger();
        var change = new ScheduleChangeRequest(body.Name, "schedule.create", body.Reason, Before: null);
        var result = await change.RunAsync(audit, caller, author => schedules!.CreateAsync(definition, author, CancellationToken.None), cancellationToken);
        return result switch
        {
            { Done: { } done } => TypedResults.Created($"/api/v1/schedules/{done.Definition.Name}", done),
            { Invalid: { } invalid } => invalid,
            _ => result.Problem!,
        };
    }

    private static async Task<Results<Ok<ScheduleView>, ValidationProblem, ProblemHttpResult>> EditAsync(
        string name, [FromBody] ScheduleBody body, Caller caller, [FromServices] ISchedules? schedules, AuditLog audit, CancellationToken cancellationToken)
    {
        if (body.Name != name)
            return Problems.Invalid("name", $"The name is '{name}' in the address and '{body.Name}' in the definition. A schedule keeps its name.");
        if (body.ToDefinition() is not { } definition)
            return NoTrigger();
        return await ChangeAsync(
            name, "schedule.edit", body.Reason, caller, schedules!, audit, author => schedules!.EditAsync(definition, body.Revision, author, CancellationToken.None), cancellationToken);
    }

    private static Task<Results<Ok<ScheduleView>, ValidationProblem, ProblemHttpResult>> PauseAsync(
        string name, [FromBody] ReasonBody body, Caller caller, [FromServices] ISchedules? schedules, AuditLog audit, CancellationToken cancellationToken) =>
        ChangeAsync(name, "schedule.pause", body.Reason, caller, schedules!, audit, author => schedules!.PauseAsync(name, author, CancellationToken.None), cancellationToken);

    private static Task<Results<Ok<ScheduleView>, ValidationProblem, ProblemHttpResult>> ResumeAsync(
        string name, [FromBody] ReasonBody body, Caller caller, [FromServices] ISchedules? schedules, AuditLog audit, CancellationToken cancellationToken) =>
        ChangeAsync(name, "schedule.resume", body.Reason, caller, schedules!, audit, author => schedules!.ResumeAsync(name, author, CancellationToken.None), cancellationToken);

    private static Task<Results<Ok<ScheduleView>, ValidationProblem, ProblemHttpResult>> RunAsync(
        string name, [FromBody] ReasonBody body, Caller caller, [FromServices] ISchedules? schedules, AuditLog audit, CancellationToken cancellationToken) =>
        ChangeAsync(name, "schedule.run", body.Reason, caller, schedules!, audit, author => schedules!.RunNowAsync(name, author, CancellationToken.None), cancellationToken);

    private static Task<Results<Ok<ScheduleView>, ValidationProblem, ProblemHttpResult>> RevertAsync(
        string name, [FromBody] ReasonBody body, Caller caller, [FromServices] ISchedules? schedules, AuditLog audit, CancellationToken cancellationToken) =>
        ChangeAsync(name, "schedule.revert", body.Reason, caller, schedules!, audit, author => schedules!.RevertAsync(name, author, CancellationToken.None), cancellationToken);

    private static Task<Results<Ok<ScheduleView>, ValidationProblem, ProblemHttpResult>> DeleteAsync(
        string name, [FromBody] ReasonBody body, Caller caller, [FromServices] ISchedules? schedules, AuditLog audit, CancellationToken cancellationToken) =>
        ChangeAsync(name, "schedule.delete", body.Reason, caller, schedules!, audit, author => schedules!.DeleteAsync(name, author, CancellationToken.None), cancellationToken);

    private static async Task<Results<Ok<ScheduleView>, ValidationProblem, ProblemHttpResult>> ChangeAsync(
        string name,
        string action,
        string? reason,
        Caller caller,
        ISchedules schedules,
        AuditLog audit,
        Func<ScheduleAuthor, ValueTask<ScheduleAnswer>> change,
        CancellationToken cancellationToken)
    {
        if (await schedules.FindAsync(name, cancellationToken) is not { } before)
            return Unknown(name);
        var request = new ScheduleChangeRequest(name, action, reason, JsonSerializer.Serialize(before.ToView().Definition, WireJson.Default.ScheduleBody));
        var result = await request.RunAsync(audit, caller, change, cancellationToken);
        return result switch
        {
            { Done: { } done } => TypedResults.Ok(done),
            { Invalid: { } invalid } => invalid,
            _ => result.Problem!,
        };
    }

    private static ScheduleHistoryFilter FilterOf(FiringQuery query) => new() { ScheduleName = query.Schedule, Before = query.Before, Limit = query.Limit ?? 50 };

    private static ProblemHttpResult Unknown(string name) => Problems.NotFound($"There is no schedule '{name}'. GET /api/v1/schedules lists them.");

    private static ValidationProblem NoTrigger() => Problems.Invalid("cron", "Give exactly one of 'cron' and 'everySeconds'.");
}

/// <summary>Says that a program without a scheduler has no schedules.</summary>
internal sealed class SchedulesRequired(IServiceProvider services) : IEndpointFilter
{
    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        services.GetService(typeof(ISchedules)) is null
            ? ValueTask.FromResult<object?>(Problems.NotFound("This server has no scheduler: its program does not add Clutch.Quartz."))
            : next(context);
}
