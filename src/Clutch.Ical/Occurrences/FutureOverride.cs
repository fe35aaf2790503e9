using Clutch.Ical.Components;
using Clutch.Ical.Zones;

namespace Clutch.Ical.Occurrences;

/// <summary>An override with RANGE=THISANDFUTURE (RFC 5545, 3.2.13): it moves and replaces its instance and all later ones.</summary>
/// <param name="Event">The override.</param>
/// <param name="Span">Its span.</param>
/// <param name="FromUtc">The instant of the instance it names.</param>
/// <param name="FromLocal">The wall-clock time of that instance in the series' zone.</param>
/// <param name="Clock">The clock of the override's zone.</param>
internal sealed record FutureOverride(CalendarEvent Event, EventSpan Span, long FromUtc, long FromLocal, ZoneClock Clock)
{
    /// <summary>How far instances move, in seconds.</summary>
    public long ShiftSeconds => Span.StartUtc - FromUtc;

    public Occurrence Apply(in OriginalInstance instance, in EventSpan series)
    {
        var local = Span.Start.LocalSeconds + (instance.Local - FromLocal);
        var utc = Clock.ToUtc(local);
        var (endLocal, endUtc) = Span.EndOf(local, utc, Clock);
        return new(Event, Span.Start, local, utc, endLocal, endUtc, series.Start, instance.Local);
    }
}
