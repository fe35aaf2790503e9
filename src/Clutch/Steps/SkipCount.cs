using Clutch.Executions;

namespace Clutch.Steps;

/// <summary>How many items of a step were skipped, over all its executions and partitions: what its limit counts. Partitions at work in this process share one.</summary>
/// <param name="earlier">What was committed before.</param>
/// <param name="isSpread">Whether other processes skip items of the step too.</param>
internal sealed class SkipCount(StepCounts earlier, bool isSpread = false)
{
    /// <summary>Whether other processes skip items of the step too: then the repository has the last word.</summary>
    public bool IsSpread => isSpread;

    private readonly Lock _lock = new();
    private long _count = earlier.Skipped;
    private StepCounts _committed = earlier;

    /// <summary>What is committed, as far as this process knows.</summary>
    public StepCounts Committed
    {
        get
        {
            lock (_lock)
                return _committed;
        }
    }

    /// <summary>Counts one more, unless the limit is reached.</summary>
    public bool TryAdd(long? limit)
    {
        lock (_lock)
        {
            if (_count >= limit)
                return false;
            _count++;
            return true;
        }
    }

    /// <summary>Notes what a chunk has committed.</summary>
    public void Commit(StepCounts chunk)
    {
        lock (_lock)
            _committed += chunk;
    }

    /// <summary>Takes back what was counted for a chunk that did not commit.</summary>
    public void TakeBack(long count)
    {
        lock (_lock)
            _count -= count;
    }
}
