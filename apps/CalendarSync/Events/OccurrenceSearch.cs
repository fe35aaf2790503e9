using Clutch.Ical.Occurrences;
using Clutch.Ical.Zones;

namespace CalendarSync.Events;

/// <summary>Expands the series of one answer, one after the other.</summary>
internal sealed class OccurrenceSearch(OccurrenceRange range, CancellationToken cancellationToken)
{
    // A counted rule is counted from its start, which may lie two thousand years back; a second or two of such rules from strangers are enough for one page.
    private const long MostSteps = 200_000;

    // Per series; one alone may fill the answer.
    private static readonly ExpansionLimits Limits = new() { Occurrences = OccurrenceRange.MostOccurrences + 1, StepsWithoutHit = 20_000 };

    private readonly StepBudget _steps = new(MostSteps);

    /// <summary>The days looked at.</summary>
    public OccurrenceRange Range => range;

    /// <summary>Whether nothing was left out so far.</summary>
    public bool IsComplete { get; private set; } = true;

    /// <summary>What of a series overlaps the range.</summary>
    public IEnumerable<Occurrence> Expand(EventSeries series, ZoneResolver zones)
    {
        cancellationToken.ThrowIfCancellationRequested();
        IsComplete &= _steps.TryExpand(series, zones, range.Window, Limits, out var expansion) && expansion.EndedBy == ExpansionEnd.Complete;
        // What ends at the first midnight touches the range, but does not take place in it.
        return expansion is null ? [] : expansion.Occurrences.Where(occurrence => occurrence.EndInstant > range.Window.From || occurrence.StartInstant >= range.Window.From);
    }
}
