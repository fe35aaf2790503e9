using System.Text.Json;
using Clutch.Client.Wire;
using Clutch.Scheduling;
using Clutch.Server.Audit;
using Clutch.Server.Security;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Clutch.Server.Endpoints;

/// <summary>What came of a change of a schedule: one of the three.</summary>
internal sealed record ScheduleChangeResult
{
    public ScheduleView? Done { get; init; }

    public ValidationProblem? Invalid { get; init; }

    public ProblemHttpResult? Problem { get; init; }
}

/// <summary>A change of a schedule, with its entry in the audit log.</summary>
internal sealed record ScheduleChangeRequest(string Name, string Action, string? Reason, string? Before)
{
    public async Task<ScheduleChangeResult> RunAsync(
        AuditLog audit, Caller caller, Func<ScheduleAuthor, ValueTask<ScheduleAnswer>> change, CancellationToken cancellationToken)
    {
        await using var entry = await AuditEntry.OpenAsync(audit, new(caller.Actor, Action, $"schedule:{Name}", Reason, Before), cancellationToken);
        try
        {
            var answer = await change(new(caller.Actor, Reason));
            if (answer is ScheduleAnswer.Done done)
            {
                var view = done.Schedule.ToView();
                entry.Done(JsonSerializer.Serialize(view.Definition, WireJson.Default.ScheduleBody));
                return new() { Done = view };
            }

            entry.Refused();
            return new() { Problem = Explain(answer) };
        }
        catch (ScheduleDefinitionException fault)
        {
            entry.Refused();
            return new() { Invalid = Problems.Invalid("definition", [.. fault.Errors]) };
        }
    }

    private static ProblemHttpResult Explain(ScheduleAnswer answer) => answer switch
    {
        ScheduleAnswer.Unknown unknown => Problems.NotFound($"There is no schedule '{unknown.Name}'. GET /api/v1/schedules lists them."),
        ScheduleAnswer.Exists exists => Problems.Conflict("exists", $"There is a schedule '{exists.Schedule.Definition.Name}' already. Edit it, or choose another name."),
        ScheduleAnswer.Conflict conflict => Problems.Conflict("changed-meanwhile", Changed(conflict.Schedule)),
        ScheduleAnswer.Refused refused => Problems.Conflict("not-possible", refused.Reason),
        _ => throw new System.Diagnostics.UnreachableException($"Unknown answer '{answer}'."),
    };

    private static string Changed(Schedule schedule) => schedule.Changes is [var last, ..]
        ? $"Schedule '{schedule.Definition.Name}' was changed meanwhile: {last.Action} by '{last.By}' at {last.At:u}. It is at revision {schedule.Revision}; look at it, then change it again."
        : $"Schedule '{schedule.Definition.Name}' was changed meanwhile: it is at revision {schedule.Revision}. Look at it, then change it again.";
}
