using Clutch.Ical.Values;

namespace Clutch.Ical.Recurrence;

/// <summary>The days that a rule names within one of its years, months, weeks or days.</summary>
/// <remarks>Each kind of period offers the few days that could be meant, and the filter decides: a year need not be looked at day by day.</remarks>
internal sealed class PeriodDays
{
    private readonly RecurrenceRule _rule;
    private readonly DayFilter _filter;
    private readonly bool _isOpen;
    private readonly int _weekStart;
    private readonly bool _hasWeeks;
    private int[] _days = new int[32];
    private int _count;

    public PeriodDays(RecurrenceRule rule, DayFilter filter)
    {
        _rule = rule;
        _filter = filter;
        _isOpen = filter.IsOpen;
        _weekStart = (int)rule.WeekStart - 1;
        _hasWeeks = rule is { Frequency: RecurrenceFrequency.Yearly, ByWeekNumber.Count: > 0 };
    }

    /// <summary>The days found, in order.</summary>
    public ReadOnlySpan<int> Days => _days.AsSpan(0, _count);

    /// <summary>The number of the period in which a day lies. With BYWEEKNO years are made of whole weeks.</summary>
    public long PeriodOf(int day)
    {
        var (year, month, _) = SecondClock.CivilOf(day);
        return _rule.Frequency switch
        {
            RecurrenceFrequency.Yearly => _hasWeeks ? WeekYear.Of(day, _weekStart) : year,
            RecurrenceFrequency.Monthly => (year * 12L) + month - 1,
            RecurrenceFrequency.Weekly => FloorOf(day - _weekStart + 3L, 7),
            _ => day,
        };
    }

    public void Find(long period)
    {
        _count = 0;
        switch (_rule.Frequency)
        {
            case RecurrenceFrequency.Yearly when _hasWeeks: OfferWeeks((int)period); break;
            case RecurrenceFrequency.Yearly: OfferYear((int)period); break;
            case RecurrenceFrequency.Monthly: OfferMonth((int)(period / 12), (int)(period % 12) + 1); break;
            case RecurrenceFrequency.Weekly: OfferDays((int)(period * 7) + _weekStart - 3, 7); break;
            default: Offer((int)period); break;
        }

        if (_rule.Frequency < RecurrenceFrequency.Weekly) SortAndDropTwins();
    }

    private static long FloorOf(long number, int divisor)
    {
        var quotient = Math.DivRem(number, divisor, out var rest);
        return rest < 0 ? quotient - 1 : quotient;
    }

    private void OfferYear(int year)
    {
        var first = SecondClock.DaysOf(year, 1, 1);
        if (_rule.ByYearDay.Count > 0) OfferNumbered(_rule.ByYearDay, first, SecondClock.DaysInYear(year));
        else if (_rule.ByMonth.Count > 0)
            foreach (var month in _rule.ByMonth) OfferMonth(year, month);
        else if (_rule.ByMonthDay.Count > 0)
            for (var month = 1; month <= 12; month++) OfferMonth(year, month);
        else OfferWeekdays(first, SecondClock.DaysInYear(year));
    }

    private void OfferMonth(int year, int month)
    {
        var first = SecondClock.DaysOf(year, month, 1);
        var length = SecondClock.DaysInMonth(year, month);
        if (_rule.ByMonthDay.Count > 0) OfferNumbered(_rule.ByMonthDay, first, length);
        else if (_rule.ByDay.Count > 0) OfferWeekdays(first, length);
        else OfferDays(first, length);
    }

    private void OfferWeeks(int year)
    {
        var first = WeekYear.FirstDayOf(year, _weekStart);
        var weeks = WeekYear.WeeksIn(year, _weekStart);
        foreach (var number in _rule.ByWeekNumber)
        {
            var week = number > 0 ? number : weeks + number + 1;
            if (week >= 1 && week <= weeks) OfferDays(first + ((week - 1) * 7), 7);
        }
    }

    private void OfferNumbered(IReadOnlyList<int> numbers, int first, int length)
    {
        foreach (var number in numbers)
        {
            var at = number > 0 ? number - 1 : length + number;
            if (at >= 0 && at < length) Offer(first + at);
        }
    }

    private void OfferWeekdays(int first, int length)
    {
        foreach (var (weekday, ordinal) in _rule.ByDay)
        {
            var at = (((int)weekday - 1 - SecondClock.WeekdayOf(first)) + 7) % 7;
            if (ordinal != 0) OfferNth(first, length, at, ordinal);
            else
                for (; at < length; at += 7) Offer(first + at);
        }
    }

    private void OfferNth(int first, int length, int at, int ordinal)
    {
        var count = ((length - 1 - at) / 7) + 1;
        var index = ordinal > 0 ? ordinal - 1 : count + ordinal;
        if (index >= 0 && index < count) Offer(first + at + (index * 7));
    }

    private void OfferDays(int first, int length)
    {
        for (var day = first; day < first + length; day++) Offer(day);
    }

    private void Offer(int day)
    {
        if (!_isOpen && !_filter.Matches(day)) return;
        if (_count == _days.Length) Array.Resize(ref _days, _count * 2);
        _days[_count++] = day;
    }

    private void SortAndDropTwins()
    {
        if (_count < 2) return;
        _days.AsSpan(0, _count).Sort();
        var kept = 1;
        for (var at = 1; at < _count; at++)
            if (_days[at] != _days[kept - 1]) _days[kept++] = _days[at];
        _count = kept;
    }
}
