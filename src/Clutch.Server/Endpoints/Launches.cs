using System.Text.Json;
using Clutch.Client.Wire;
using Clutch.Launching;
using Clutch.Repository;
using Clutch.Server.Audit;
using Clutch.Server.Health;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Clutch.Server.Endpoints;

/// <summary>What came of a launch: the repository's decision, or what kept it from being asked.</summary>
internal sealed record LaunchResult(LaunchDecision? Result, ProblemHttpResult? Problem);

/// <summary>Launches by people and programs: with an entry in the audit log, and none while the process ends.</summary>
internal sealed class Launches(JobLauncher launcher, AuditLog audit, Drain drain)
{
    /// <summary>Launches. The caller's going away cancels nothing: whether it was launched would not be known.</summary>
    public async Task<LaunchResult> RunAsync(AuditedChange change, Func<JobLauncher, Task<JobLaunch>> launch, CancellationToken cancellationToken)
    {
        if (drain.IsUnderWay)
            return new(Result: null, Problems.Unavailable("draining", "This process is about to end and launches nothing. Ask another one."));
        await using var entry = await AuditEntry.OpenAsync(audit, change, cancellationToken);
        try
        {
            var decision = (await launch(launcher)).Decision;
            if (decision is LaunchDecision.Launched launched)
                entry.Done(JsonSerializer.Serialize(Queries.Views.Line(launched.Execution), WireJson.Default.ExecutionView));
            else
                entry.Refused(JsonSerializer.Serialize(decision.GetType().Name, AuditJson.Default.String));
            return new(decision, Problem: null);
        }
        catch (JobNotFoundException fault)
        {
            entry.Refused();
            return new(Result: null, Problems.NotFound(fault.Message));
        }
        catch (InvalidOperationException fault)
        {
            // A step whose dead letters cannot be run again: the message says why.
            entry.Refused();
            return new(Result: null, Problems.Conflict("not-possible", fault.Message));
        }
    }
}
