namespace Clutch.Ical.Occurrences;

/// <summary>How far a series is followed. The defaults fit rules from strangers.</summary>
public sealed record ExpansionLimits
{
    /// <summary>Occurrences of one series: 1,000 by default.</summary>
    public int Occurrences { get; init; } = 1_000;

    /// <summary>Instances counted for a rule with COUNT, which must be counted from its start: 10,000 by default.</summary>
    public int CountedInstances { get; init; } = 10_000;

    /// <summary>Periods and instances looked at in a row without an occurrence, and moved instances that wait for their turn: 100,000 by default.</summary>
    public int StepsWithoutHit { get; init; } = 100_000;

    /// <summary>Dates taken from the RDATE lines and from the EXDATE lines of an event: 1,000 each by default.</summary>
    public int Dates { get; init; } = 1_000;

    internal static ExpansionLimits Default { get; } = new();

    internal static ExpansionLimits Lazy { get; } = new() { Occurrences = int.MaxValue };
}
