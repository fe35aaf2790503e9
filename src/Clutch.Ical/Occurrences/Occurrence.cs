using System.Runtime.InteropServices;
using Clutch.Ical.Components;
using Clutch.Ical.Values;
using NodaTime;

namespace Clutch.Ical.Occurrences;

/// <summary>One instance of an event: of a series, of an override, or the only one there is.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Occurrence
{
    private readonly CalendarTime _pattern;
    private readonly CalendarTime _originalPattern;
    private readonly long _startLocal;
    private readonly long _endLocal;
    private readonly long _originalLocal;

    internal Occurrence(CalendarEvent calendarEvent, CalendarTime pattern, long startLocal, long startUtc, long endLocal, long endUtc, CalendarTime originalPattern, long originalLocal)
    {
        Event = calendarEvent;
        _pattern = pattern;
        _startLocal = startLocal;
        StartUtc = startUtc;
        _endLocal = endLocal;
        EndUtc = endUtc;
        _originalPattern = originalPattern;
        _originalLocal = originalLocal;
    }

    /// <summary>Where its texts stand: the override if one replaces this instance, else the series.</summary>
    public CalendarEvent Event { get; }

    /// <summary>When it begins: a date for an all-day event, else a time in the zone of its event.</summary>
    public CalendarTime Start => _pattern.At(_startLocal);

    /// <summary>When it ends, exclusive, in the kind and zone of <see cref="Start"/>.</summary>
    public CalendarTime End => _pattern.At(_endLocal);

    /// <summary>The start that the rule gave it: what a RECURRENCE-ID names. For an event that does not recur, its start.</summary>
    public CalendarTime RecurrenceId => _originalPattern.At(_originalLocal);

    /// <summary>The instant of <see cref="Start"/>; of a date its midnight in the default zone: to compare with, not to store.</summary>
    public Instant StartInstant => SecondClock.ToInstant(StartUtc);

    /// <summary>The instant of <see cref="End"/>, likewise.</summary>
    public Instant EndInstant => SecondClock.ToInstant(EndUtc);

    internal long StartUtc { get; }

    internal long EndUtc { get; }
}
