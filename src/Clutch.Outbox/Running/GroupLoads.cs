namespace Clutch.Outbox.Running;

/// <summary>The requests under way of each group, and how many of its last ones went without an answer.</summary>
/// <remarks>
/// A group that is silent has one request at a time, which does not count in the channel's limit: what hangs for one group holds back no other.
/// Where all are silent each has one, up to the ceiling.
/// </remarks>
internal sealed class GroupLoads(Channel channel)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Load> _loads = new(StringComparer.Ordinal);

    /// <summary>Requests under way of groups that answer.</summary>
    public int AnsweringCount
    {
        get
        {
            lock (_lock)
                return _loads.Values.Where(load => !IsSilent(load)).Sum(static load => load.UnderWay);
        }
    }

    /// <summary>Whether too many of the group's last requests in a row went without an answer.</summary>
    public bool IsSilent(string group)
    {
        lock (_lock)
            return IsSilent(_loads.GetValueOrDefault(group));
    }

    /// <summary>Whether another request of the group must wait for the one under way.</summary>
    public bool IsFull(string group)
    {
        lock (_lock)
            return _loads.GetValueOrDefault(group) is { UnderWay: > 0 } load && IsSilent(load);
    }

    public void Started(string group) => Change(group, static load => load with { UnderWay = load.UnderWay + 1 });

    public void Ended(string group) => Change(group, static load => load with { UnderWay = load.UnderWay - 1 });

    public void Answered(string group) => Change(group, static load => load with { Unanswered = 0 });

    public void Unanswered(string group) => Change(group, static load => load with { Unanswered = load.Unanswered + 1 });

    private bool IsSilent(Load load) => load.Unanswered >= channel.Options.BreakerThreshold;

    private void Change(string group, Func<Load, Load> change)
    {
        lock (_lock)
        {
            var load = change(_loads.GetValueOrDefault(group));
            if (load == default)
                _loads.Remove(group);
            else
                _loads[group] = load;
        }
    }

    private readonly record struct Load(int UnderWay, int Unanswered);
}
