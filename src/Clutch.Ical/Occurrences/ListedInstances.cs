using Clutch.Ical.Components;
using Clutch.Ical.Properties;
using Clutch.Ical.Values;

namespace Clutch.Ical.Occurrences;

/// <summary>The instances that RDATE names one by one, in order, periods with their own end.</summary>
internal sealed class ListedInstances
{
    private readonly SeriesFrame _frame;
    private readonly List<OriginalInstance> _instances = [];
    private long _longestSeconds;
    private int _at;

    public ListedInstances(SeriesFrame frame, IEnumerable<CalendarTime> others)
    {
        _frame = frame;
        DateList.Read(frame.Master, PropertyId.RecurrenceDate, frame.Limits.Dates, Add, Add);
        foreach (var other in others) Add(other);
        _instances.Sort((left, right) => left.Utc.CompareTo(right.Utc));
    }

    public bool TryPeek(out OriginalInstance instance)
    {
        instance = _at < _instances.Count ? _instances[_at] : default;
        return _at < _instances.Count;
    }

    public void Skip() => _at++;

    /// <summary>Leaves out what cannot reach this instant, even with the longest of the periods.</summary>
    public void SeekUtc(long utc)
    {
        while (TryPeek(out var instance) && instance.Utc < utc - _longestSeconds) Skip();
    }

    private void Add(CalendarTime time)
    {
        var utc = _frame.UtcOf(time);
        _instances.Add(new(_frame.LocalOf(time), utc, utc, OriginalInstance.NoEnd));
    }

    private void Add(CalendarPeriod period)
    {
        var utc = _frame.UtcOf(period.Start);
        var end = period.End is { } written ? _frame.Zones.ToUtc(written) : EndOf(period.Start, period.Duration.GetValueOrDefault());
        _instances.Add(new(_frame.LocalOf(period.Start), utc, utc, Math.Max(utc, end)));
        _longestSeconds = Math.Max(_longestSeconds, end - utc);
    }

    private long EndOf(CalendarTime start, CalendarDuration duration)
    {
        var clock = _frame.Zones.ClockOf(start);
        return clock.ToUtc(start.LocalSeconds + ((long)duration.Days * SecondClock.SecondsPerDay)) + duration.Seconds;
    }
}
