namespace Clutch.Client.Wire;

/// <summary>A process that works: a server, or a worker without one.</summary>
public sealed record NodeView
{
    /// <summary>Its name: <c>host/scope/pid/start</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Whether it works.</summary>
    public required NodeState State { get; init; }

    /// <summary>When it started (UTC).</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When it last gave a sign of life (UTC, database time).</summary>
    public required DateTimeOffset SeenAt { get; init; }

    /// <summary>Executions at work in it.</summary>
    public required int RunningCount { get; init; }

    /// <summary>How many may run in it at once, or null for any number.</summary>
    public int? MaxRunning { get; init; }

    /// <summary>The version of the program that hosts the jobs.</summary>
    public string? Version { get; init; }

    /// <summary>Memory in use, in bytes.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>Processor time used in the last seconds, as a share of one core: 1.5 is a core and a half.</summary>
    public double CpuCores { get; init; }

    /// <summary>How far its clock is ahead of the database's, negative where it is behind, or null where it has not been measured yet. Where the database has no clock of its own it is 0.</summary>
    public TimeSpan? ClockSkew { get; init; }

    /// <summary>Partitions that it holds now, of its own executions and of other processes'.</summary>
    public int PartitionCount { get; init; }

    /// <summary>How many firings of schedules it runs at most, or null where it has no scheduler.</summary>
    public int? Slots { get; init; }

    /// <summary>How many firings and workers for partitions it runs now, or null where it has no scheduler.</summary>
    public int? SlotsInUse { get; init; }

    /// <summary>How many workers it lends to partitions of other processes' executions at most, or null where it has no scheduler.</summary>
    public int? PartitionSlots { get; init; }

    /// <summary>What it is fit for, such as <c>gpu</c>.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>The jobs that it hosts.</summary>
    public required IReadOnlyList<string> Jobs { get; init; }
}

/// <summary>Whether a process works.</summary>
public enum NodeState
{
    /// <summary>It gives signs of life.</summary>
    Live,

    /// <summary>It takes no new work and ends what it has.</summary>
    Draining,

    /// <summary>It said farewell.</summary>
    Stopped,

    /// <summary>It vanished.</summary>
    Lost,
}
