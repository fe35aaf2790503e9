using Clutch.Ical.Recurrence;
using Clutch.Ical.Values;
using Clutch.Ical.Zones;

namespace Clutch.Ical.Occurrences;

/// <summary>An instance as its rule gave it.</summary>
/// <param name="Local">The wall-clock time.</param>
/// <param name="Utc">The instant.</param>
/// <param name="Floor">No later instance lies before this instant.</param>
internal readonly record struct RuleInstance(long Local, long Utc, long Floor);

/// <summary>The instances of one rule with its COUNT and UNTIL, and with DTSTART, which counts as the first whether the rule names it or not.</summary>
internal sealed class RuleInstances
{
    private const long LastSecond = SecondClock.Latest;

    private readonly RuleWalker _walker;
    private readonly ZoneClock _clock;
    private readonly long _start;
    private readonly long _untilLocal = long.MaxValue;
    private readonly long _untilUtc = long.MaxValue;
    private readonly int _mostInstances;
    private readonly bool _isCounted;
    private readonly bool _includesStart;
    private int _left;
    private long _instanceCount;
    private bool _isStartDue;
    private bool _isBounded;

    public RuleInstances(RecurrenceRule rule, CalendarTime start, ZoneClock clock, ExpansionLimits limits, bool includesStart)
    {
        _start = start.LocalSeconds;
        _clock = clock;
        _walker = new RuleWalker(rule, _start, start.IsDate, limits.StepsWithoutHit);
        _isCounted = rule.Count is not null;
        _mostInstances = rule.Count is { } count ? Math.Min(count, limits.CountedInstances) : int.MaxValue;
        _isBounded = rule.Count > limits.CountedInstances;
        _left = _mostInstances;
        _includesStart = includesStart;
        _isStartDue = includesStart;
        if (rule.Until is { } until) SetUntil(until, start, out _untilLocal, out _untilUtc);
    }

    public bool HasGivenUp => _walker.HasGivenUp || (_isBounded && _left == 0);

    public long StepCount => _walker.StepCount + _instanceCount;

    /// <summary>Leaves out what starts before this wall-clock time, unless the rule must be counted from its start.</summary>
    public void Seek(long local)
    {
        if (_isCounted || local <= _start) return;
        _isStartDue = false;
        _walker.Seek(local);
    }

    /// <summary>Nothing that starts after this wall-clock time is wanted.</summary>
    public void Bound(long local) => _walker.Bound(local);

    public bool Next(out RuleInstance instance)
    {
        instance = default;
        if (_left == 0 || !NextLocal(out var local) || local > _untilLocal || local > LastSecond) return End();

        var utc = _clock.ToUtc(local, out var floor);
        if (utc > _untilUtc) return End();

        if (_isCounted) _left--;
        _instanceCount++;
        instance = new(local, utc, floor);
        return true;
    }

    private bool NextLocal(out long local)
    {
        if (_isStartDue)
        {
            _isStartDue = false;
            local = _start;
            return true;
        }

        // The walk starts at DTSTART, which was given already.
        return _walker.Next(out local) && (local != _start || !_includesStart || _walker.Next(out local));
    }

    private bool End()
    {
        if (_left > 0) _isBounded = false;
        _left = 0;
        return false;
    }

    /// <summary>UNTIL in the terms of the start: a UTC time is an instant, a date ends with its last second (RFC 5545, 3.3.10).</summary>
    private static void SetUntil(CalendarTime until, CalendarTime start, out long untilLocal, out long untilUtc)
    {
        (untilLocal, untilUtc) = (long.MaxValue, long.MaxValue);
        if (start.IsDate) untilLocal = CalendarTime.OfDate(until.Date).LocalSeconds;
        else if (until.IsDate) untilLocal = until.LocalSeconds + SecondClock.SecondsPerDay - 1;
        else if (until.Kind == CalendarTimeKind.Utc) untilUtc = until.LocalSeconds;
        else untilLocal = until.LocalSeconds;
    }
}
