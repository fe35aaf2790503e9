using Clutch.Client.Wire;

namespace Clutch.Server.Queries;

/// <summary>Which steps and partitions of an execution a list shows.</summary>
internal sealed record StepFilter
{
    public required long Execution { get; init; }

    /// <summary>Only this step, or null for all.</summary>
    public string? Step { get; init; }

    /// <summary>Only this status, or null for all.</summary>
    public ExecutionStatus? Status { get; init; }

    /// <summary>Only partitions, not the step that they belong to.</summary>
    public bool IsPartition { get; init; }

    /// <summary>The last id of the page before; 0 for the first page.</summary>
    public long After { get; init; }

    public required int Limit { get; init; }
}

/// <summary>How many executions of a step stand at a status.</summary>
/// <param name="IsPartition">Whether they are partitions, not the step itself.</param>
/// <param name="Status">Where they stand.</param>
/// <param name="Count">How many.</param>
internal sealed record StepCount(bool IsPartition, ExecutionStatus Status, long Count);

/// <summary>When a step or partition ran.</summary>
/// <param name="Id">The step execution.</param>
/// <param name="Step">The step.</param>
/// <param name="Partition">The partition, or null for the step itself.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="StartedAt">When it began (UTC), or null before.</param>
/// <param name="EndedAt">When it ended (UTC), or null while it runs.</param>
internal sealed record StepSpan(long Id, string Step, string? Partition, ExecutionStatus Status, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt);
