using System.Globalization;
using Clutch.Launching;
using Clutch.Scheduling.Stored;
using Clutch.Steps;
using Quartz;

namespace Clutch.Scheduling.Partitions;

/// <summary>Calls workers through the cluster: as many recoverable firings as there are slots, each of which claims partitions until none is left.</summary>
/// <remarks>One firing a partition would cost a dozen statements each; a claim costs one.</remarks>
internal sealed class ClusterCrew(SchedulerAccess access, NodeRegister nodes, NodeIdentity identity, WakeUps wakeUps, TimeProvider timeProvider) : IPartitionCrew
{
    private const string Group = "clutch-partitions";

    // Below that of schedules: they are on time, work that takes long anyway comes behind.
    private const int Priority = 3;
    private static readonly JobKey Job = new("worker", Group);
    private int _round;

    public async ValueTask CallAsync(PartitionCall call, CancellationToken cancellationToken)
    {
        var scheduler = await access.GetAsync(cancellationToken);
        var slots = (await nodes.ListAsync(cancellationToken)).Where(node => IsHelp(node, call.NodeLabel)).Sum(node => node.PartitionSlots ?? 0);
        var called = call.IsRepeated ? await CountCalledAsync(scheduler, call.NodeLabel, cancellationToken) : 0;
        var count = Math.Min(call.PartitionCount, slots - called);
        if (count <= 0)
            return;
        var round = Interlocked.Increment(ref _round);
        var job = JobBuilder.Create<PartitionWorker>().WithIdentity(Job).StoreDurably().RequestRecovery().Build();
        var triggers = Enumerable.Range(1, count).Select(number => TriggerFor(call, round, number)).ToList();
        await scheduler.ScheduleJob(job, triggers, ScheduleJobOptions.Replacing, cancellationToken);
        await wakeUps.WakeOthersAsync(cancellationToken);
    }

    // A worker has its trigger until it leaves. One that was called with no label or another may be anywhere: it does not count where nodes of one label are asked.
    private static async Task<int> CountCalledAsync(IScheduler scheduler, string? label, CancellationToken cancellationToken)
    {
        var group = label is null ? GroupMatcher<TriggerKey>.GroupStartsWith(Group) : GroupMatcher<TriggerKey>.GroupEquals(GroupOf(label));
        return (await scheduler.GetTriggerKeys(group, cancellationToken)).Count;
    }

    private static string GroupOf(string? label) => label is null ? Group : $"{Group}/{label}";

    private static bool IsHelp(SchedulerNode node, string? label) =>
        node.State is SchedulerNodeState.Alive or SchedulerNodeState.Overdue && (label is null || node.Labels.Contains(label, StringComparer.Ordinal));

    private ITrigger TriggerFor(PartitionCall call, int round, int number) => TriggerBuilder.Create(timeProvider)
        .WithIdentity(string.Create(CultureInfo.InvariantCulture, $"{call.JobExecutionId}/{call.StepName}/{identity.Name}/{round}/{number}"), GroupOf(call.NodeLabel))
        .ForJob(Job)
        .StartNow()
        .WithPriority(Priority)
        .WithExecutionGroup(ExecutionGroups.OfPartitions(call.NodeLabel))
        .UsingJobData(PartitionWorker.Execution, call.JobExecutionId.ToString())
        .UsingJobData(PartitionWorker.Step, call.StepName)
        .WithSchedule(SimpleScheduleBuilder.Create().WithMisfireInstruction(SimpleTriggerMisfireInstruction.IgnoreMisfires))
        .Build();
}
