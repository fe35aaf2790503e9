using Clutch.Executions;

namespace Clutch.Steps;

/// <summary>Calls workers of other processes to the partitions of a step. Without one, the tasks of the step's own process run them all.</summary>
/// <remarks>A worker claims partitions from the job repository until none is left (<c>JobLauncher.WorkOnPartitionsAsync</c>). Whoever is called too many finds nothing and leaves.</remarks>
public interface IPartitionCrew
{
    /// <summary>Asks for workers and returns when they have been asked.</summary>
    ValueTask CallAsync(PartitionCall call, CancellationToken cancellationToken);
}

/// <summary>A step has partitions to share.</summary>
public sealed record PartitionCall
{
    /// <summary>The job.</summary>
    public required string JobName { get; init; }

    /// <summary>Its execution.</summary>
    public required JobExecutionId JobExecutionId { get; init; }

    /// <summary>The step.</summary>
    public required string StepName { get; init; }

    /// <summary>How many partitions wait.</summary>
    public required int PartitionCount { get; init; }

    /// <summary>The label that a worker's node must have, or null for any node.</summary>
    public string? NodeLabel { get; init; }

    /// <summary>Whether the step has called before: then only workers that are free are asked for, of nodes that joined or have done what they were called to.</summary>
    public bool IsRepeated { get; init; }
}
