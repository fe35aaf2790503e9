namespace Clutch.Client.Wire;

/// <summary>A server process.</summary>
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

    /// <summary>The jobs that it hosts.</summary>
    public required IReadOnlyList<string> Jobs { get; init; }
}

/// <summary>Whether a server process works.</summary>
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
