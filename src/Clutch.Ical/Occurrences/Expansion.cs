using NodaTime;

namespace Clutch.Ical.Occurrences;

/// <summary>A stretch of time to look for occurrences in; an occurrence that touches it counts.</summary>
/// <param name="From">The first instant.</param>
/// <param name="To">The end, exclusive.</param>
public readonly record struct OccurrenceWindow(Instant From, Instant To);

/// <summary>Why an expansion ended.</summary>
public enum ExpansionEnd
{
    /// <summary>All occurrences of the window are there.</summary>
    Complete,

    /// <summary>There may be more: <see cref="ExpansionLimits.Occurrences"/> was reached.</summary>
    TooManyOccurrences,

    /// <summary>There may be more: nothing was found for <see cref="ExpansionLimits.StepsWithoutHit"/>, or the rule had to be counted beyond <see cref="ExpansionLimits.CountedInstances"/>.</summary>
    GaveUp,
}

/// <summary>The occurrences of a series within a window.</summary>
/// <param name="Occurrences">In order of their start.</param>
/// <param name="EndedBy">Whether these are all.</param>
/// <param name="StepCount">Periods and instances looked at: what it cost.</param>
public sealed record Expansion(IReadOnlyList<Occurrence> Occurrences, ExpansionEnd EndedBy, long StepCount);
