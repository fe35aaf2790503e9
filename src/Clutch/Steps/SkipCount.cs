namespace Clutch.Steps;

/// <summary>How many items of a step were skipped, over all its executions and partitions: what its limit counts. Partitions at work share one.</summary>
internal sealed class SkipCount(long earlier)
{
    private readonly Lock _lock = new();
    private long _count = earlier;

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

    /// <summary>Takes back what was counted for a chunk that did not commit.</summary>
    public void TakeBack(long count)
    {
        lock (_lock)
            _count -= count;
    }
}
