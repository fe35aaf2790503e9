using Clutch.Executions;

namespace Clutch.Steps;

/// <summary>A part of a step's source that is read, checkpointed and restarted by itself.</summary>
/// <param name="Name">Its name, unique within the step, shown to operators.</param>
/// <param name="Data">What it covers, for the reader (<see cref="StepContext.PartitionData"/>); up to 64 KiB.</param>
public sealed record PartitionSpec(string Name, string Data);

/// <summary>Cuts a step's source into partitions, once per job instance: a restart keeps the cut.</summary>
public interface IPartitioner
{
    /// <summary>The partitions; at least one unless there is nothing to do.</summary>
    ValueTask<IReadOnlyList<PartitionSpec>> PartitionAsync(StepContext step, CancellationToken cancellationToken);
}

/// <summary>Ready-made cuts.</summary>
public static class Partitioners
{
    /// <summary>One partition for each value, such as a tenant or a month; the value is its name and its data.</summary>
    public static IPartitioner Of(IEnumerable<string> values) => new ListPartitioner([.. values.Select(value => new PartitionSpec(value, value))]);

    /// <summary>These partitions.</summary>
    public static IPartitioner Of(IReadOnlyList<PartitionSpec> partitions) => new ListPartitioner(partitions);

    private sealed class ListPartitioner(IReadOnlyList<PartitionSpec> partitions) : IPartitioner
    {
        public ValueTask<IReadOnlyList<PartitionSpec>> PartitionAsync(StepContext step, CancellationToken cancellationToken) => new(partitions);
    }
}
