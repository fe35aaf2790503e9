using System.Globalization;
using System.Reflection;
using Clutch.Executions;
using Clutch.Launching;
using Clutch.Scheduling.Firings;
using Quartz;

namespace Clutch.Scheduling;

/// <summary>Who shares the work: the scheduler knows who lives, and each node leaves a note on what it is.</summary>
internal sealed class NodeRegister(SchedulerAccess access, NodeIdentity identity, SchedulerOptions options, Drain drain, TimeProvider timeProvider)
{
    private const string Group = "clutch-nodes";
    private const string SilentSince = "silentSince";

    // A node that was frozen or cut off has no check-in record either until it is back.
    private static readonly TimeSpan LongSilence = TimeSpan.FromDays(1);

    /// <summary>Leaves this node's note and takes away those of nodes that are gone: for certain, or by a day's silence.</summary>
    /// <remarks>A process that was killed in a container is never known as dead for certain.</remarks>
    public async Task EnterAsync(CancellationToken cancellationToken)
    {
        var scheduler = await access.GetAsync(cancellationToken);
        await WriteAsync(scheduler, cancellationToken);
        var alive = (await scheduler.QueryClusterNodes(cancellationToken)).Select(node => node.InstanceId).Append(identity.Name).ToHashSet(StringComparer.Ordinal);
        var keys = await scheduler.GetJobKeys(GroupMatcher<JobKey>.GroupEquals(Group), cancellationToken);
        foreach (var note in await scheduler.GetJobDetails([.. keys], cancellationToken))
            await SweepAsync(scheduler, note, alive.Contains(note.Key.Name), cancellationToken);
    }

    /// <summary>Says that this node takes nothing new.</summary>
    public async Task MarkDrainingAsync(CancellationToken cancellationToken) => await WriteAsync(await access.GetAsync(cancellationToken), cancellationToken);

    public async Task LeaveAsync(CancellationToken cancellationToken) =>
        await (await access.GetAsync(cancellationToken)).DeleteJob(new JobKey(identity.Name, Group), cancellationToken);

    public async Task<IReadOnlyList<SchedulerNode>> ListAsync(CancellationToken cancellationToken)
    {
        var scheduler = await access.GetAsync(cancellationToken);
        var nodes = await scheduler.QueryClusterNodes(cancellationToken);
        var notes = (await scheduler.GetJobDetails([.. nodes.Select(node => new JobKey(node.InstanceId, Group))], cancellationToken)).ToDictionary(job => job.Key.Name, job => job.JobDataMap, StringComparer.Ordinal);
        var running = await scheduler.QueryFireInstances(new FireInstanceQuery { State = FireInstanceState.Executing, Take = PagedQuery.All }, cancellationToken);
        var counts = running.Items.CountBy(instance => instance.SchedulerInstanceId, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        return [.. nodes.Select(node => View(node, notes.GetValueOrDefault(node.InstanceId), counts.GetValueOrDefault(node.InstanceId)))];
    }

    private async Task SweepAsync(IScheduler scheduler, IJobDetail note, bool isAlive, CancellationToken cancellationToken)
    {
        var silentSince = note.JobDataMap.GetString(SilentSince) ?? string.Empty;
        if (!isAlive && (identity.IsCertainlyDead(note.Key.Name) || IsLongAgo(silentSince)))
            await scheduler.DeleteJob(note.Key, cancellationToken);
        else if (isAlive != (silentSince.Length == 0))
            await scheduler.AddJob(Marked(note, isAlive ? string.Empty : JobParameters.Format(timeProvider.GetUtcNow())), AddJobOptions.Replacing, cancellationToken);
    }

    private bool IsLongAgo(string instant) => instant.Length > 0 && timeProvider.GetUtcNow() - DateTimeOffset.Parse(instant, CultureInfo.InvariantCulture) > LongSilence;

    private static IJobDetail Marked(IJobDetail note, string silentSince) => note.GetJobBuilder().UsingJobData(SilentSince, silentSince).Build();

    private async Task WriteAsync(IScheduler scheduler, CancellationToken cancellationToken)
    {
        var note = JobBuilder.Create<NodeNote>()
            .WithIdentity(identity.Name, Group)
            .StoreDurably()
            .UsingJobData("slots", options.Slots.ToString(CultureInfo.InvariantCulture))
            .UsingJobData("partitionSlots", options.PartitionSlots.ToString(CultureInfo.InvariantCulture))
            .UsingJobData("labels", string.Join(',', options.Labels.Order(StringComparer.Ordinal)))
            .UsingJobData("version", Assembly.GetEntryAssembly()?.GetName().Version?.ToString() ?? string.Empty)
            .UsingJobData("draining", drain.IsRequested ? "true" : "false")
            .Build();
        await scheduler.AddJob(note, AddJobOptions.Replacing, cancellationToken);
    }

    private static SchedulerNode View(ClusterNode node, JobDataMap? note, int running) => new()
    {
        Name = node.InstanceId,
        IsCurrent = node.IsCurrentNode,
        LastCheckInAt = node.LastCheckInUtc,
        State = node.State switch
        {
            ClusterNodeState.Failed => SchedulerNodeState.Failed,
            ClusterNodeState.Overdue => SchedulerNodeState.Overdue,
            _ => note?.GetString("draining") is "true" ? SchedulerNodeState.Draining : SchedulerNodeState.Alive,
        },
        Slots = note is null ? null : int.Parse(note.GetString("slots")!, CultureInfo.InvariantCulture),
        SlotsInUse = running,
        PartitionSlots = note is null ? null : int.Parse(note.GetString("partitionSlots")!, CultureInfo.InvariantCulture),
        Labels = note?.GetString("labels")?.Split(',', StringSplitOptions.RemoveEmptyEntries) ?? [],
        Version = note?.GetString("version") is { Length: > 0 } version ? version : null,
    };

    /// <summary>A note is a job that is never run: the scheduler has no other place for facts that all nodes see.</summary>
    private sealed class NodeNote : IJob
    {
        public ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;
    }
}
