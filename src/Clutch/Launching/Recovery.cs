using Clutch.Executions;
using Clutch.Repository;
using Clutch.Telemetry;
using Microsoft.Extensions.Logging;

namespace Clutch.Launching;

/// <summary>Ends executions whose owner is gone, so that they can be restarted.</summary>
/// <remarks>
/// What runs in this process is passed over. Where a SQLite file has one writer, a long chunk keeps renewals and recovery waiting alike, and healthy executions would
/// be ended by their own process. One that another process has taken over hears of it with its next renewal.
/// </remarks>
public sealed class Recovery(IJobRepository repository, NodeIdentity node, JobLauncher launcher, ILogger<Recovery> logger)
{
    /// <summary>Looks once; answers the executions it ended.</summary>
    public async Task<IReadOnlyList<JobExecution>> RecoverAsync(CancellationToken cancellationToken)
    {
        var active = await repository.ListActiveNodesAsync(cancellationToken);
        var dead = active.Where(node.IsCertainlyDead).ToList();
        var recovered = await repository.RecoverAsync(dead, launcher.RunningIds, cancellationToken);
        foreach (var execution in recovered)
        {
            logger.ExecutionRecovered(execution.Id.Value, execution.JobName, execution.Node);
            ClutchMetrics.ExecutionRecovered(execution.JobName);
        }

        return recovered;
    }
}
