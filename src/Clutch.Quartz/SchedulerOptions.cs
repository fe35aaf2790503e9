using System.ComponentModel.DataAnnotations;

namespace Clutch.Scheduling;

/// <summary>How this process takes part in scheduling.</summary>
public sealed class SchedulerOptions
{
    /// <summary>The name that all processes sharing schedules have in common; <c>clutch</c> by default.</summary>
    public string Cluster { get; set; } = "clutch";

    /// <summary>Which program this is: on its deployment it removes schedules of its code that are no longer there, and no other program's. The entry assembly's name by default.</summary>
    public string Program { get; set; } = System.Reflection.Assembly.GetEntryAssembly()?.GetName().Name ?? "program";

    /// <summary>How many firings this process runs at a time, whatever partitions it works on: 1 to 1,000; 16 by default.</summary>
    /// <remarks>While it lends no workers to partitions, firings take those slots, too: at most <see cref="Slots"/> and <see cref="PartitionSlots"/> together.</remarks>
    public int Slots { get; set; } = 16;

    /// <summary>How many workers this process lends to partitions of other processes' executions: 0 to 1,000; as many as there are processors by default. They never take more, whatever labels they were called with, so that a firing's <see cref="Slots"/> stay; where firings hold all of both, partitions wait.</summary>
    public int PartitionSlots { get; set; } = Environment.ProcessorCount;

    /// <summary>What this node is fit for, such as <c>gpu</c>: a schedule or step that asks for a label runs only where it is. None by default.</summary>
    public ISet<string> Labels { get; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>All labels in use in the cluster, told alike on every node: a node leaves alone what asks for one that it does not have. None by default.</summary>
    public ISet<string> ClusterLabels { get; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>How many executions of a job schedules may have running at a time in the whole cluster, by job name; jobs not named have no limit.</summary>
    /// <remarks>Told alike on every node. The limit holds for each node label by itself: a job whose schedules ask for two labels, or for one and for none, may run that often for each. Restarts by policy or by hand are not counted: the job's own <c>MaxRunning</c> counts all. A job with a limit takes a lock that all nodes share whenever it fires: right for launches, not for thousands of them a minute.</remarks>
    public IDictionary<string, int> JobLimits { get; } = new Dictionary<string, int>(StringComparer.Ordinal);

    /// <summary>How often a node says that it lives: 100 ms to 1 minute; 1 s by default. Only a cluster uses it.</summary>
    public TimeSpan CheckInInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How late a check-in may be before others take the node for dead: 100 ms to 10 minutes; 2 s by default.</summary>
    /// <remarks>Shorter than the clocks of two nodes differ, it makes healthy nodes look dead: then work is taken over for nothing, and fencing keeps it exact.</remarks>
    public TimeSpan CheckInThreshold { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long an idle node waits before it looks for work that another stored: 1 s to 1 minute; 1 s by default.</summary>
    public TimeSpan IdleWait { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long firings and misfires stay in the history: 1 minute to 10,000 days; 30 days by default.</summary>
    public TimeSpan HistoryRetention { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How long a node that shuts down waits for its executions to stop at a chunk boundary: 0 to 1 day; 25 s by default. The host's own shutdown timeout is raised to 5 s more where it is shorter.</summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(25);

    internal void Validate()
    {
        Check(Slots is >= 1 and <= 1_000, nameof(Slots), Slots, "1 to 1,000");
        Check(PartitionSlots is >= 0 and <= 1_000, nameof(PartitionSlots), PartitionSlots, "0 to 1,000");
        Check(IdleWait >= TimeSpan.FromSeconds(1) && IdleWait <= TimeSpan.FromMinutes(1), nameof(IdleWait), IdleWait, "1 s to 1 minute");
        Check(CheckInInterval >= TimeSpan.FromMilliseconds(100) && CheckInInterval <= TimeSpan.FromMinutes(1), nameof(CheckInInterval), CheckInInterval, "100 ms to 1 minute");
        Check(CheckInThreshold >= TimeSpan.FromMilliseconds(100) && CheckInThreshold <= TimeSpan.FromMinutes(10), nameof(CheckInThreshold), CheckInThreshold, "100 ms to 10 minutes");
        Check(HistoryRetention >= TimeSpan.FromMinutes(1) && HistoryRetention <= TimeSpan.FromDays(10_000), nameof(HistoryRetention), HistoryRetention, "1 minute to 10,000 days");
        Check(DrainTimeout >= TimeSpan.Zero && DrainTimeout <= TimeSpan.FromDays(1), nameof(DrainTimeout), DrainTimeout, "0 to 1 day");
        Check(Labels.All(ClusterLabels.Contains), nameof(Labels), string.Join(", ", Labels), "among ClusterLabels");
        Check(JobLimits.Values.All(limit => limit >= 1), nameof(JobLimits), string.Join(", ", JobLimits), "1 or more");
    }

    private static void Check(bool isFine, string name, object value, string range)
    {
        if (!isFine)
            throw new ValidationException($"The scheduler's {name} is '{value}'; it must be {range}. Set it in AddClutchSchedules.");
    }
}
