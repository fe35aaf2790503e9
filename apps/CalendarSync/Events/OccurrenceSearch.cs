using Clutch.Ical.Occurrences;
using Clutch.Ical.Zones;

namespace CalendarSync.Events;

/// <summary>Expands the series of one answer, one after the other.</summary>
/// <param name="range">The days looked at.</param>
/// <param name="cancellationToken">Ends the search.</param>
/// <param name="mostOfSeries">The most occurrences of one series; without it one alone may fill the answer.</param>
internal sealed class OccurrenceSearch(OccurrenceRange range, CancellationToken cancellationToken, int mostOfSeries = OccurrenceRange.MostOccurrences + 1)
{
    // A counted rule is counted from its start, which may lie two thousand years back; a second or two of such rules from strangers are enough for one page.
    private const long MostSteps = 200_000;

    private readonly ExpansionLimits _limits = new() { Occurrences = mostOfSeries, StepsWithoutHit = 20_000 };

    private StepBudget _steps = new(MostSteps);
    private long _stepsForOthers;

    /// <summary>The days looked at.</summary>
    public OccurrenceRange Range => range;

    /// <summary>Whether nothing was left out so far.</summary>
    public bool IsComplete { get; private set; } = true;

    /// <summary>Begins with the next of so many calendars: it has an equal share of the steps that are left.</summary>
    public void Begin(int calendarsLeft)
    {
        var left = _stepsForOthers + _steps.Left;
        _steps = new(left / calendarsLeft);
        _stepsForOthers = left - _steps.Left;
    }

    /// <summary>What of a series overlaps the range.</summary>
    public IEnumerable<Occurrence> Expand(EventSeries series, ZoneResolver zones)
    {
        cancellationToken.ThrowIfCancellationRequested();
        IsComplete &= _steps.TryExpand(series, zones, range.Window, _limits, out var expansion) && expansion.EndedBy == ExpansionEnd.Complete;
        // What ends at the first midnight touches the range, but does not take place in it.
        return expansion is null ? [] : expansion.Occurrences.Where(occurrence => occurrence.EndInstant > range.Window.From || occurrence.StartInstant >= range.Window.From);
    }
}
