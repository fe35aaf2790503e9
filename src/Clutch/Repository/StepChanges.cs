using Clutch.Executions;

namespace Clutch.Repository;

/// <summary>A step begins.</summary>
public sealed record StepStart
{
    /// <summary>The job execution's lease.</summary>
    public required JobLease Lease { get; init; }

    /// <summary>The job instance.</summary>
    public required JobInstanceId InstanceId { get; init; }

    /// <summary>The step's name.</summary>
    public required string StepName { get; init; }

    /// <summary>Which run of the step over the whole instance this is, from 1.</summary>
    public required int StartCount { get; init; }

    /// <summary>Where it continues, or null at the beginning.</summary>
    public StepCheckpoint? Checkpoint { get; init; }

    /// <summary>How much of the source is behind the checkpoint, or null.</summary>
    public double? Fraction { get; init; }

    /// <summary>The step context of the execution it continues, or null.</summary>
    public string? Context { get; init; }

    /// <summary>How long the lease lasts from here.</summary>
    public required TimeSpan LeaseDuration { get; init; }
}

/// <summary>A step ends.</summary>
public sealed record StepEnd
{
    /// <summary>The step execution.</summary>
    public required StepExecutionId StepExecutionId { get; init; }

    /// <summary>The fencing token it must still have.</summary>
    public required long Fence { get; init; }

    /// <summary>How it ended.</summary>
    public required BatchStatus Status { get; init; }

    /// <summary>The outcome that transitions look at.</summary>
    public required string ExitCode { get; init; }

    /// <summary>Its counters, the failed chunk's included.</summary>
    public required StepCounts Counts { get; init; }

    /// <summary>The failed chunk's part of <see cref="Counts"/>.</summary>
    public StepCounts Uncommitted { get; init; }

    /// <summary>Why it failed, or null.</summary>
    public Failure? Failure { get; init; }

    /// <summary>The step context, or null where it did not change.</summary>
    public string? Context { get; init; }

    /// <summary>The job context, or null where it did not change.</summary>
    public string? JobContext { get; init; }
}

/// <summary>A job ends.</summary>
public sealed record JobEnd
{
    /// <summary>The job execution's lease.</summary>
    public required JobLease Lease { get; init; }

    /// <summary>How it ended.</summary>
    public required BatchStatus Status { get; init; }

    /// <summary>The outcome its flow ended with.</summary>
    public required string ExitCode { get; init; }

    /// <summary>Why it failed, or null.</summary>
    public Failure? Failure { get; init; }

    /// <summary>The job context, or null where it did not change.</summary>
    public string? Context { get; init; }

    /// <summary>Where a restart continues, or null for the step that did not complete.</summary>
    public string? RestartAt { get; init; }
}

/// <summary>The latest execution of a step or partition, with what its executions committed since the step was begun.</summary>
/// <param name="Last">The latest execution.</param>
/// <param name="Committed">Counters over all executions of the instance, without what failed chunks had read; of a step that was begun anew after it had completed, only over those since.</param>
public sealed record StepHistory(StepExecution Last, StepCounts Committed);
