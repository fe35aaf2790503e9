using Clutch.Executions;
using Clutch.Items;

namespace Clutch.Steps;

/// <summary>The counters of one step execution, and what its skip limit still allows.</summary>
/// <remarks>Only the committing task touches it, in read order, so that counters and limits do not depend on the concurrency.</remarks>
/// <param name="stepName">The step, for messages.</param>
/// <param name="committed">What an earlier owner of this step execution committed.</param>
/// <param name="skip">The limit.</param>
/// <param name="skipped">What counts against the limit so far, and what it is a share of.</param>
internal sealed class ChunkTally(string stepName, StepCounts committed, SkipOptions skip, SkipCount skipped)
{
    private readonly List<DeadLetter> _letters = [];
    private StepCounts _chunk;
    private long _retries = committed.Retries;

    /// <summary>What committed.</summary>
    public StepCounts Committed { get; private set; } = committed;

    /// <summary>What the chunk at hand has read and tolerated so far.</summary>
    public StepCounts Uncommitted => _chunk with { Written = 0, Filtered = 0 };

    /// <summary>Committed counters, and the failed chunk's reads and tolerated skips.</summary>
    public StepCounts Total => Committed with { Retries = Interlocked.Read(ref _retries) } + Uncommitted;

    public IReadOnlyList<DeadLetter> DeadLetters => _letters;

    /// <summary>Safe to call from processing tasks.</summary>
    public void CountRetry() => Interlocked.Increment(ref _retries);

    public void CountRollback() => Committed = Committed with { Rollbacks = Committed.Rollbacks + 1 };

    public void BeginChunk(int readCount)
    {
        _letters.Clear();
        skipped.TakeBack(_chunk.Skipped);
        _chunk = new() { Read = readCount };
    }

    /// <summary>Forgets the write skips of an attempt that was rolled back; they are found again in the next one.</summary>
    public void BeginAttempt()
    {
        _letters.RemoveAll(letter => letter.Phase is SkipPhase.Write);
        skipped.TakeBack(_chunk.WriteSkipped);
        _chunk = _chunk with { WriteSkipped = 0 };
    }

    /// <summary>Counts a skipped item and keeps it as a dead letter.</summary>
    /// <exception cref="SkipLimitExceededException">The limit allows no more.</exception>
    public void Skip(DeadLetter letter, Exception fault)
    {
        if (!skipped.TryAdd(skip.Limit))
            throw LimitReached(letter, fault);
        _letters.Add(letter);
        _chunk = letter.Phase switch
        {
            SkipPhase.Read => _chunk with { ReadSkipped = _chunk.ReadSkipped + 1 },
            SkipPhase.Process => _chunk with { ProcessSkipped = _chunk.ProcessSkipped + 1 },
            _ => _chunk with { WriteSkipped = _chunk.WriteSkipped + 1 },
        };
    }

    /// <summary>Whether what the chunk at hand skips has to be held against what other processes have skipped.</summary>
    public bool IsLimitShared => skipped.IsSpread && skip.Limit is not null && _chunk.Skipped > 0;

    /// <summary>Ends the step when the chunk at hand skips more than other processes have left of the limit.</summary>
    /// <param name="committedCount">What is committed of the step, everywhere.</param>
    public void CheckLimit(long committedCount)
    {
        if (skip.Limit - committedCount is { } left && left < _chunk.Skipped)
            throw LimitReached(_letters[(int)Math.Max(left, 0)], new InvalidDataException($"{committedCount} items were skipped by all processes."));
    }

    /// <summary>Ends the step when a larger share of its records was skipped than allowed.</summary>
    public void CheckShare(bool isEnd)
    {
        if (skip.FindShareFault(stepName, skipped.Committed + _chunk, isEnd) is { } fault)
            throw fault;
    }

    /// <summary>The counters as they are when the chunk at hand commits.</summary>
    public StepCounts WithChunk(int writtenCount, int filteredCount)
    {
        _chunk = _chunk with { Written = writtenCount, Filtered = filteredCount };
        return Committed + _chunk with { Commits = 1, Retries = Interlocked.Read(ref _retries) - Committed.Retries };
    }

    public void EndChunk(StepCounts counts)
    {
        skipped.Commit(counts.Minus(Committed));
        Committed = counts;
        _chunk = default;
        _letters.Clear();
    }

    /// <summary>The chunk at hand is in, but not in the repository: the next execution counts it there.</summary>
    public void LeaveToCatchUp()
    {
        _chunk = default;
        _letters.Clear();
    }

    /// <summary>The step ends: what the chunk at hand has skipped no longer counts against the limit.</summary>
    public void Leave() => skipped.TakeBack(_chunk.Skipped);

    private SkipLimitExceededException LimitReached(DeadLetter letter, Exception fault) => new(
        $"Step '{stepName}' has skipped {skip.Limit} items, as many as its limit allows, and item {letter.Ordinal} failed too: {fault.Message} " +
        "Mend the data or the step and restart, or raise the limit.",
        fault);
}
