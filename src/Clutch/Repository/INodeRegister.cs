namespace Clutch.Repository;

/// <summary>Where the processes that share a job repository give their signs of life, for people and alerts to see.</summary>
public interface INodeRegister
{
    /// <summary>Writes it down and answers when that was, in the database's time.</summary>
    ValueTask<DateTimeOffset> BeatAsync(NodeBeat beat, CancellationToken cancellationToken);
}

/// <summary>A sign of life.</summary>
public sealed record NodeBeat
{
    /// <summary>The node, as in leases.</summary>
    public required string Node { get; init; }

    /// <summary>Whether it works.</summary>
    public required NodeActivity Activity { get; init; }

    /// <summary>How often it gives a sign: after three missing ones it counts as lost.</summary>
    public required TimeSpan Interval { get; init; }

    /// <summary>Executions at work in it.</summary>
    public required int RunningCount { get; init; }

    /// <summary>How many may be, or null for any number.</summary>
    public int? MaxRunning { get; init; }

    /// <summary>The version of its program, or null where that is not known.</summary>
    public string? Version { get; init; }

    /// <summary>Memory in use, in bytes.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>Processor time used lately, in cores.</summary>
    public double CpuCores { get; init; }

    /// <summary>The jobs it hosts.</summary>
    public IReadOnlyList<string> Jobs { get; init; } = [];

    /// <summary>How far its clock was ahead of the database's when it was last measured, or null.</summary>
    public TimeSpan? ClockSkew { get; init; }
}

/// <summary>Whether a node works.</summary>
public enum NodeActivity
{
    /// <summary>It works.</summary>
    Live,

    /// <summary>It takes nothing new and ends what it has.</summary>
    Draining,

    /// <summary>It says farewell.</summary>
    Stopped,
}
