using Clutch.Ical.Values;

namespace Clutch.Ical.Recurrence;

/// <summary>Finds the next hour, minute or second that a rule finer than a day names.</summary>
/// <remarks>It leaps: over the rest of the day when the day does not fit, over the rest of the hour when the hour does not. Walking second
/// by second, as other programs do, takes minutes for a rule that names one January.</remarks>
internal sealed class UnitSearch
{
    private readonly RecurrenceRule _rule;
    private readonly DayFilter _filter;
    private readonly bool _isOpen;
    private readonly int _unitSeconds;
    private readonly long _origin;
    private readonly bool[]? _hours;
    private readonly bool[]? _minutes;
    private readonly bool[]? _seconds;

    public UnitSearch(RecurrenceRule rule, DayFilter filter, long start)
    {
        _rule = rule;
        _filter = filter;
        _isOpen = filter.IsOpen;
        _unitSeconds = rule.Frequency switch { RecurrenceFrequency.Hourly => 3_600, RecurrenceFrequency.Minutely => 60, _ => 1 };
        _origin = UnitOf(start);
        _hours = MaskOf(rule.ByHour, 24);
        _minutes = rule.Frequency >= RecurrenceFrequency.Minutely ? MaskOf(rule.ByMinute, 60) : null;
        _seconds = rule.Frequency >= RecurrenceFrequency.Secondly ? MaskOf(rule.BySecond, 60) : null;
    }

    public int UnitSeconds => _unitSeconds;

    public long UnitOf(long local)
    {
        var unit = Math.DivRem(local, _unitSeconds, out var rest);
        return rest < 0 ? unit - 1 : unit;
    }

    /// <summary>The first unit at or after this one that INTERVAL reaches.</summary>
    public long Align(long unit)
    {
        var rest = (unit - _origin) % _rule.Interval;
        return rest <= 0 ? unit - rest : unit + _rule.Interval - rest;
    }

    /// <summary>Whether the unit fits; if not, where to look next.</summary>
    public bool Fits(long unit, out long next)
    {
        var local = unit * _unitSeconds;
        var day = SecondClock.DayOf(local);
        var second = (int)(local - ((long)day * SecondClock.SecondsPerDay));
        var leap = LeapFrom(day, second);
        next = leap == 0 ? unit : Align(UnitOf((long)day * SecondClock.SecondsPerDay + leap));
        return leap == 0;
    }

    /// <summary>The second of the day from which on it is worth looking again, or 0 when this one fits.</summary>
    private int LeapFrom(int day, int second)
    {
        if (!_isOpen && !_filter.Matches(day)) return SecondClock.SecondsPerDay;
        if (_hours is not null && !_hours[second / 3_600]) return NextIn(_hours, second / 3_600) * 3_600;
        if (_minutes is not null && !_minutes[second / 60 % 60]) return (second / 3_600 * 3_600) + (NextIn(_minutes, second / 60 % 60) * 60);
        if (_seconds is not null && !_seconds[second % 60]) return (second / 60 * 60) + NextIn(_seconds, second % 60);
        return 0;
    }

    private static int NextIn(bool[] mask, int after)
    {
        var next = Array.IndexOf(mask, true, after + 1);
        return next < 0 ? mask.Length : next;
    }

    private static bool[]? MaskOf(IReadOnlyList<int> values, int length)
    {
        if (values.Count == 0) return null;
        var mask = new bool[length];
        foreach (var value in values) mask[value] = true;
        return mask;
    }
}
