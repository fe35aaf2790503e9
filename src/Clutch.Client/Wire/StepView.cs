namespace Clutch.Client.Wire;

/// <summary>One execution of a step, or of one of its partitions.</summary>
public sealed record StepView
{
    /// <summary>Its number.</summary>
    public required long Id { get; init; }

    /// <summary>The job execution.</summary>
    public required long ExecutionId { get; init; }

    /// <summary>The step's name.</summary>
    public required string Step { get; init; }

    /// <summary>The partition, or null where the step has none.</summary>
    public string? Partition { get; init; }

    /// <summary>Where it stands.</summary>
    public required ExecutionStatus Status { get; init; }

    /// <summary>The outcome that transitions look at; null while it runs.</summary>
    public string? ExitCode { get; init; }

    /// <summary>The process that runs or ran it; null for a partition that waits.</summary>
    public string? Node { get; init; }

    /// <summary>Which run of the step over the whole instance this is, from 1.</summary>
    public required int StartCount { get; init; }

    /// <summary>Its counters as of the last commit.</summary>
    public required CountsView Counts { get; init; }

    /// <summary>How much of the source is behind the checkpoint, 0 to 1, or null where the reader cannot tell.</summary>
    public double? Fraction { get; init; }

    /// <summary>When it began (UTC), or null for a partition that waits.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it last committed or renewed its lease (UTC), or null for a partition that waits.</summary>
    public DateTimeOffset? UpdatedAt { get; init; }

    /// <summary>When it ended (UTC), or null.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Why it failed, or null.</summary>
    public FailureView? Failure { get; init; }
}

/// <summary>What became of a step's items.</summary>
public sealed record CountsView
{
    /// <summary>Items read, rejected ones included.</summary>
    public long Read { get; init; }

    /// <summary>Items written.</summary>
    public long Written { get; init; }

    /// <summary>Items that a processor left out.</summary>
    public long Filtered { get; init; }

    /// <summary>Items skipped while reading.</summary>
    public long ReadSkipped { get; init; }

    /// <summary>Items skipped while processing.</summary>
    public long ProcessSkipped { get; init; }

    /// <summary>Items skipped while writing.</summary>
    public long WriteSkipped { get; init; }

    /// <summary>Chunks committed.</summary>
    public long Commits { get; init; }

    /// <summary>Chunks rolled back.</summary>
    public long Rollbacks { get; init; }

    /// <summary>Work tried again.</summary>
    public long Retries { get; init; }
}
