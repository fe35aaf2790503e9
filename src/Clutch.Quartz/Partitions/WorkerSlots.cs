namespace Clutch.Scheduling.Partitions;

/// <summary>How many workers this process lends at a time. The scheduler limits those of each label by themselves, and a node may have several labels.</summary>
internal sealed class WorkerSlots(SchedulerOptions options)
{
    private readonly Lock _lock = new();
    private int _taken;

    /// <summary>Takes a slot; false where none is free.</summary>
    public bool TryTake()
    {
        lock (_lock)
        {
            if (_taken >= options.PartitionSlots)
                return false;
            _taken++;
            return true;
        }
    }

    public void Release()
    {
        lock (_lock)
            _taken--;
    }
}
