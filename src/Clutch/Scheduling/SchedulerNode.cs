namespace Clutch.Scheduling;

/// <summary>A process that shares schedules and work.</summary>
public sealed record SchedulerNode
{
    /// <summary>Its name, the same as in leases.</summary>
    public required string Name { get; init; }

    /// <summary>What this process makes of its check-ins.</summary>
    public required SchedulerNodeState State { get; init; }

    /// <summary>Whether it is the process that answers.</summary>
    public required bool IsCurrent { get; init; }

    /// <summary>When it last checked in (UTC, its own clock), or null where a single process keeps no check-ins.</summary>
    public DateTimeOffset? LastCheckInAt { get; init; }

    /// <summary>How many firings it runs at most, or null where it did not say.</summary>
    public int? Slots { get; init; }

    /// <summary>How many workers it lends to partitions of other nodes' executions at most, or null where it did not say.</summary>
    public int? PartitionSlots { get; init; }

    /// <summary>How many firings and workers it runs now.</summary>
    public required int SlotsInUse { get; init; }

    /// <summary>Its labels.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>The program's version, or null where it did not say.</summary>
    public string? Version { get; init; }
}

/// <summary>What the cluster makes of a node.</summary>
public enum SchedulerNodeState
{
    /// <summary>It checks in.</summary>
    Alive,

    /// <summary>It missed a check-in.</summary>
    Overdue,

    /// <summary>It has been silent for so long that others take over its work.</summary>
    Failed,

    /// <summary>It finishes what it runs and takes nothing new.</summary>
    Draining,
}
