using Clutch.Ical.Values;

namespace Clutch.Ical.Occurrences;

/// <summary>Instances named by EXDATE or RECURRENCE-ID: by instant, or in a timed series also by day.</summary>
internal sealed class InstanceSet(SeriesFrame frame)
{
    private readonly HashSet<long> _instants = [];
    private readonly HashSet<int> _days = [];

    public bool IsEmpty => _instants.Count == 0 && _days.Count == 0;

    public void Add(CalendarTime time)
    {
        if (time.IsDate || frame.Span.Start.IsDate) _days.Add(SecondClock.DayOf(CalendarTime.OfDate(time.Date).LocalSeconds));
        else _instants.Add(frame.Zones.ToUtc(time));
    }

    public bool Contains(in OriginalInstance instance) =>
        (_instants.Count > 0 && _instants.Contains(instance.Utc)) || (_days.Count > 0 && _days.Contains(SecondClock.DayOf(instance.Local)));
}
