namespace Clutch.Client.Wire;

/// <summary>An item that a step skipped.</summary>
public sealed record DeadLetterView
{
    /// <summary>Its number.</summary>
    public required long Id { get; init; }

    /// <summary>The job instance that left it.</summary>
    public required long InstanceId { get; init; }

    /// <summary>The step execution that left it.</summary>
    public required long StepExecutionId { get; init; }

    /// <summary>The step.</summary>
    public required string Step { get; init; }

    /// <summary>The partition, or null.</summary>
    public string? Partition { get; init; }

    /// <summary>Where it was skipped.</summary>
    public required SkipPhaseView Phase { get; init; }

    /// <summary>Which item of the step execution it was, from 1.</summary>
    public required long Ordinal { get; init; }

    /// <summary>Where in the source it stands, such as a line; null where the reader does not say.</summary>
    public string? Location { get; init; }

    /// <summary>The item as JSON or as raw text, or null where it could not be kept.</summary>
    public string? Payload { get; init; }

    /// <summary>Whether it was run again.</summary>
    public required DeadLetterState Status { get; init; }

    /// <summary>When it was skipped (UTC).</summary>
    public required DateTimeOffset SkippedAt { get; init; }

    /// <summary>Why.</summary>
    public required FailureView Failure { get; init; }
}

/// <summary>Where an item was skipped.</summary>
public enum SkipPhaseView
{
    /// <summary>While reading: its payload is raw text and cannot be run again.</summary>
    Read,

    /// <summary>While processing.</summary>
    Process,

    /// <summary>While writing.</summary>
    Write,
}

/// <summary>What became of a dead letter.</summary>
public enum DeadLetterState
{
    /// <summary>It waits for somebody.</summary>
    Open,

    /// <summary>It was run again and written.</summary>
    Redriven,
}

/// <summary>Open dead letters with the same error.</summary>
public sealed record DeadLetterGroup
{
    /// <summary>The job.</summary>
    public required string Job { get; init; }

    /// <summary>The step.</summary>
    public required string Step { get; init; }

    /// <summary>The kind of fault.</summary>
    public required string ErrorType { get; init; }

    /// <summary>What happened, in the words of the newest; numbers and quoted values differ within a group.</summary>
    public required string ErrorMessage { get; init; }

    /// <summary>How many.</summary>
    public required long Count { get; init; }

    /// <summary>The newest of them.</summary>
    public required long NewestId { get; init; }

    /// <summary>When the newest was skipped (UTC).</summary>
    public required DateTimeOffset NewestAt { get; init; }
}

/// <summary>Dead letters by error.</summary>
/// <param name="Groups">The groups, the largest first.</param>
/// <param name="IsCut">Whether only the newest letters were looked at, because there are more.</param>
public sealed record DeadLetterGroups(IReadOnlyList<DeadLetterGroup> Groups, bool IsCut);
