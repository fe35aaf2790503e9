using Clutch.Executions;
using Clutch.Repository;
using Clutch.Scheduling.Stored;
using Quartz;
using Quartz.Extensibility;

namespace Clutch.Scheduling.Firings;

/// <summary>Finds out whether an earlier firing of the same schedule still runs, or what it launched does, on any node.</summary>
internal sealed class Overlaps(IJobRepository repository, IExecutionHistoryStore history, TimeProvider timeProvider)
{
    private static readonly BatchStatus[] AtWork = [BatchStatus.Starting, BatchStatus.Started, BatchStatus.Stopping];

    /// <summary>Whether one does; then it stands among the misfires.</summary>
    /// <remarks>Of two that begin at once, the earlier goes on, and both see which that is.</remarks>
    public async Task<bool> IsOverlappedAsync(Firing firing, CancellationToken cancellationToken)
    {
        var key = StoredSchedule.KeyOf(firing.Definition.Name);
        var query = new FireInstanceQuery { Job = key, State = FireInstanceState.Executing, Take = PagedQuery.All };
        var running = await firing.Scheduler.QueryFireInstances(query, cancellationToken);
        var own = (running.Items.FirstOrDefault(other => other.FireInstanceId == firing.Id)?.FireTimeUtc ?? firing.FiredAt, firing.Id);
        if (!running.Items.Any(other => other.FireInstanceId != firing.Id && (other.FireTimeUtc, other.FireInstanceId).CompareTo(own) < 0))
            return false;
        await RecordAsync(firing, cancellationToken);
        return true;
    }

    /// <summary>Whether an execution of an earlier firing is at work: one that was restarted, by its job's policy or by hand, no firing follows any more.</summary>
    public async Task<bool> IsBehindRestartAsync(Firing firing, CancellationToken cancellationToken)
    {
        foreach (var status in AtWork)
        {
            var running = await repository.ListExecutionsAsync(new() { JobName = firing.Definition.JobName, Status = status, Limit = 1_000 }, cancellationToken);
            if (running.Any(execution => FiringParameters.IsOfEarlier(firing, execution)))
                return true;
        }

        return false;
    }

    /// <summary>Whether an earlier firing waits; then this one stands among the misfires.</summary>
    public async Task<bool> IsBehindWaitingAsync(Firing firing, CancellationToken cancellationToken)
    {
        var key = StoredSchedule.KeyOf(firing.Definition.Name);
        var waiting = Firing.WaitingOf(firing.Definition.Name);
        var query = new TriggerQuery
        {
            Group = GroupMatcher<TriggerKey>.GroupEquals(ScheduleTriggers.OnceGroup),
            Name = NameMatcher<TriggerKey>.NameStartsWith(waiting),
            Job = key,
            Take = PagedQuery.All,
        };
        var others = await firing.Scheduler.QueryTriggers(query, cancellationToken);
        // Times of this form are in order as texts.
        if (!others.Items.Any(other => string.CompareOrdinal(other.Key.Name, $"{waiting}{JobParameters.Format(firing.ScheduledAt)}/") < 0))
            return false;
        await RecordAsync(firing, cancellationToken);
        return true;
    }

    /// <summary>Puts the firing among the misfires.</summary>
    public async Task RecordAsync(Firing firing, CancellationToken cancellationToken)
    {
        var key = StoredSchedule.KeyOf(firing.Definition.Name);
        var node = await firing.Scheduler.GetSchedulerInstanceId(cancellationToken);
        var entry = new MisfireHistoryEntry(firing.Scheduler.SchedulerName, node, key.Group, key.Name, key, timeProvider.GetUtcNow(), firing.ScheduledAt)
        {
            Reason = Quartz.MisfireReason.Overlap,
        };
        await history.AddMisfire(entry, cancellationToken);
    }
}
