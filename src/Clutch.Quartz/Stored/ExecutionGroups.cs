using Quartz;

namespace Clutch.Scheduling.Stored;

/// <summary>The scheduler's execution groups: by them limits are counted, and nodes leave alone what they are not fit for.</summary>
internal static class ExecutionGroups
{
    public static string Of(ScheduleDefinition definition) => Of(definition.NodeLabel, definition.JobName);

    public static string Of(string? label, string jobName) => label is null ? $"job:{jobName}" : $"{label}/job:{jobName}";

    /// <summary>The group of workers for partitions.</summary>
    public static string OfPartitions(string? label) => label is null ? "partitions" : $"{label}/partitions";

    /// <summary>The groups that a node with these labels leaves alone.</summary>
    public static IEnumerable<string> Refused(SchedulerOptions options, IEnumerable<string> jobNames)
    {
        var foreign = options.ClusterLabels.Except(options.Labels, StringComparer.Ordinal).ToList();
        return jobNames.SelectMany(job => foreign.Select(label => Of(label, job))).Concat(foreign.Select(OfPartitions));
    }

    public static void AddLimits(ExecutionLimitsBuilder limits, SchedulerOptions options)
    {
        limits.ForGroup(OfPartitions(label: null), options.PartitionSlots, ExecutionLimitScope.Node);
        foreach (var label in options.ClusterLabels)
            limits.ForGroup(OfPartitions(label), options.PartitionSlots, ExecutionLimitScope.Node);
        foreach (var (job, limit) in options.JobLimits)
        {
            limits.ForGroup(Of(label: null, job), limit, ExecutionLimitScope.Cluster);
            foreach (var label in options.ClusterLabels)
                limits.ForGroup(Of(label, job), limit, ExecutionLimitScope.Cluster);
        }
    }
}
