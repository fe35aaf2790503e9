using System.Diagnostics.CodeAnalysis;
using Clutch.Ical.Occurrences;
using Clutch.Ical.Zones;

namespace CalendarSync.Events;

/// <summary>Steps that the series of one feed, or of one answer, may take together: each alone has its limits, but a stranger's feed may hold fifty thousand of them.</summary>
/// <param name="steps">How many. The series that takes the last of them is still followed to its own limits.</param>
internal sealed class StepBudget(long steps)
{
    /// <summary>Steps that are left; less than none where the last series took more.</summary>
    public long Left { get; private set; } = steps;

    /// <summary>Expands a series; false once the steps are used up.</summary>
    public bool TryExpand(EventSeries series, ZoneResolver zones, OccurrenceWindow window, ExpansionLimits limits, [NotNullWhen(true)] out Expansion? expansion)
    {
        expansion = Left > 0 ? series.Expand(zones, window, limits) : null;
        Left -= expansion?.StepCount ?? 0;
        return expansion is not null;
    }
}
