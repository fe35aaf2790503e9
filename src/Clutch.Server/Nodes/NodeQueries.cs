using Clutch.Client.Wire;
using Clutch.Scheduling;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Server.Nodes;

/// <summary>Nodes as people want to see them: their signs of life, with what the scheduler knows of their slots.</summary>
internal sealed class NodeQueries(NodeRegistry registry, IServiceProvider services)
{
    private readonly ISchedules? _schedules = services.GetService<ISchedules>();

    /// <summary>All nodes, the youngest first.</summary>
    public async Task<IReadOnlyList<NodeView>> ListAsync(CancellationToken cancellationToken)
    {
        var nodes = await registry.ListAsync(cancellationToken);
        if (_schedules is null)
            return nodes;
        var scheduling = (await _schedules.ListNodesAsync(cancellationToken)).ToDictionary(node => node.Name, StringComparer.Ordinal);
        return [.. nodes.Select(node => scheduling.TryGetValue(node.Name, out var known) ? With(node, known) : node)];
    }

    private static NodeView With(NodeView node, SchedulerNode known) => node with
    {
        Slots = known.Slots,
        SlotsInUse = known.SlotsInUse,
        PartitionSlots = known.PartitionSlots,
        Labels = known.Labels,
    };
}
