using Clutch.Executions;

namespace Clutch.Items;

/// <summary>In which phase an item was skipped.</summary>
public enum SkipPhase
{
    /// <summary>The record could not be read.</summary>
    Read,

    /// <summary>A processor failed on the item.</summary>
    Process,

    /// <summary>The writer failed on the item.</summary>
    Write,
}

/// <summary>What became of a dead letter.</summary>
public enum DeadLetterStatus
{
    /// <summary>Nobody took care of it yet.</summary>
    Open,

    /// <summary>It was run again through its step and succeeded.</summary>
    Redriven,
}

/// <summary>A skipped item, kept with what is needed to understand it and to run it again.</summary>
public sealed record DeadLetter
{
    /// <summary>Its id in the repository; 0 before it is stored.</summary>
    public long Id { get; init; }

    /// <summary>The job instance that skipped it.</summary>
    public required JobInstanceId InstanceId { get; init; }

    /// <summary>The step execution that skipped it.</summary>
    public required StepExecutionId StepExecutionId { get; init; }

    /// <summary>The step's name.</summary>
    public required string StepName { get; init; }

    /// <summary>The partition's name, or null.</summary>
    public string? Partition { get; init; }

    /// <summary>In which phase it was skipped.</summary>
    public required SkipPhase Phase { get; init; }

    /// <summary>Its place in the reader's sequence, from 1, counted over all executions of the instance.</summary>
    public required long Ordinal { get; init; }

    /// <summary>Where it lies, such as <c>products.csv:17</c>, or null.</summary>
    public string? Location { get; init; }

    /// <summary>The item or raw record as text (JSON for items), or null where it cannot be written down.</summary>
    public string? Payload { get; init; }

    /// <summary>Why it was skipped.</summary>
    public required Failure Failure { get; init; }

    /// <summary>What became of it.</summary>
    public DeadLetterStatus Status { get; init; }

    /// <summary>When it was skipped (UTC).</summary>
    public required DateTimeOffset SkippedAt { get; init; }
}
