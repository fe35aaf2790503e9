namespace Clutch.Executions;

/// <summary>What a step did, counted in items and chunk transactions.</summary>
/// <remarks>When a step completes, <c>Read = Written + Filtered + ProcessSkipped + WriteSkipped</c>.</remarks>
public readonly record struct StepCounts
{
    /// <summary>Items that the reader gave.</summary>
    public long Read { get; init; }

    /// <summary>Items whose output was written.</summary>
    public long Written { get; init; }

    /// <summary>Items that a processor left out on purpose.</summary>
    public long Filtered { get; init; }

    /// <summary>Records that could not be read and were skipped; they are not in <see cref="Read"/>.</summary>
    public long ReadSkipped { get; init; }

    /// <summary>Items skipped because a processor failed on them.</summary>
    public long ProcessSkipped { get; init; }

    /// <summary>Items skipped because the writer failed on them.</summary>
    public long WriteSkipped { get; init; }

    /// <summary>Chunk transactions that committed and moved the checkpoint.</summary>
    public long Commits { get; init; }

    /// <summary>Chunk transactions rolled back as a whole; a return to a savepoint is not one.</summary>
    public long Rollbacks { get; init; }

    /// <summary>Attempts repeated after a transient fault: chunks written again, and items processed again.</summary>
    public long Retries { get; init; }

    /// <summary>Records and items skipped in any phase.</summary>
    public long Skipped => ReadSkipped + ProcessSkipped + WriteSkipped;

    /// <summary>The sums, field by field.</summary>
    public static StepCounts operator +(StepCounts left, StepCounts right) => new()
    {
        Read = left.Read + right.Read,
        Written = left.Written + right.Written,
        Filtered = left.Filtered + right.Filtered,
        ReadSkipped = left.ReadSkipped + right.ReadSkipped,
        ProcessSkipped = left.ProcessSkipped + right.ProcessSkipped,
        WriteSkipped = left.WriteSkipped + right.WriteSkipped,
        Commits = left.Commits + right.Commits,
        Rollbacks = left.Rollbacks + right.Rollbacks,
        Retries = left.Retries + right.Retries,
    };

    /// <summary>The differences, field by field.</summary>
    internal StepCounts Minus(StepCounts part) => new()
    {
        Read = Read - part.Read,
        Written = Written - part.Written,
        Filtered = Filtered - part.Filtered,
        ReadSkipped = ReadSkipped - part.ReadSkipped,
        ProcessSkipped = ProcessSkipped - part.ProcessSkipped,
        WriteSkipped = WriteSkipped - part.WriteSkipped,
        Commits = Commits - part.Commits,
        Rollbacks = Rollbacks - part.Rollbacks,
        Retries = Retries - part.Retries,
    };
}
