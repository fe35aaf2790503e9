using Clutch.Executions;
using Clutch.Repository;
using Clutch.Telemetry;
using Microsoft.Extensions.Logging;

namespace Clutch.Launching;

/// <summary>Ends executions whose owner is gone, so that they can be restarted.</summary>
public sealed class Recovery(IJobRepository repository, NodeIdentity node, ILogger<Recovery> logger)
{
    /// <summary>Looks once; answers the executions it ended.</summary>
    public async Task<IReadOnlyList<JobExecution>> RecoverAsync(CancellationToken cancellationToken)
    {
        var active = await repository.ListActiveNodesAsync(cancellationToken);
        var dead = active.Where(node.IsCertainlyDead).ToList();
        var recovered = await repository.RecoverAsync(dead, cancellationToken);
        foreach (var execution in recovered)
        {
            logger.ExecutionRecovered(execution.Id.Value, execution.JobName, execution.Node);
            ClutchMetrics.ExecutionRecovered(execution.JobName);
        }

        return recovered;
    }
}
