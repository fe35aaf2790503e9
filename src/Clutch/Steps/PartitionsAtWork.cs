using Clutch.Executions;
using Clutch.Repository;

namespace Clutch.Steps;

/// <summary>The partitions that one execution, or one helper of it, runs in this process now: these it renews, and no others.</summary>
/// <remarks>
/// A claim whose answer was lost leaves a partition in this node's name that nobody runs. Renewed by the node's name it would look alive for ever; so it expires and is claimed again.
/// </remarks>
internal sealed class PartitionsAtWork
{
    private readonly Lock _lock = new();
    private readonly HashSet<HeldPartition> _held = [];

    public IReadOnlyCollection<HeldPartition> All
    {
        get
        {
            lock (_lock)
                return [.. _held];
        }
    }

    public void Add(StepExecution partition)
    {
        lock (_lock)
            _held.Add(Of(partition));
    }

    public void Remove(StepExecution partition)
    {
        lock (_lock)
            _held.Remove(Of(partition));
    }

    private static HeldPartition Of(StepExecution partition) => new(partition.Id, partition.Fence);
}
