using Clutch.Ical.Values;

namespace Clutch.Ical.Recurrence;

/// <summary>Whether a day satisfies all the BY-rules that speak of days (RFC 5545, 3.3.10), the defaults taken from DTSTART included.</summary>
internal sealed class DayFilter
{
    private readonly int _months;
    private readonly uint _monthDays;
    private readonly uint _monthDaysFromEnd;
    private readonly HashSet<int>? _yearDays;
    private readonly HashSet<int>? _weekNumbers;
    private readonly int _weekdays;
    private readonly bool _hasOrdinals;
    private readonly long[] _ordinals = new long[7];
    private readonly long[] _ordinalsFromEnd = new long[7];
    private readonly bool _countsInYear;
    private readonly int _weekStart;

    public DayFilter(RecurrenceRule rule)
    {
        foreach (var month in rule.ByMonth) _months |= 1 << month;
        foreach (var day in rule.ByMonthDay)
        {
            if (day > 0) _monthDays |= 1u << day;
            else _monthDaysFromEnd |= 1u << -day;
        }

        _yearDays = rule.ByYearDay.Count > 0 ? [.. rule.ByYearDay] : null;
        _weekNumbers = rule.ByWeekNumber.Count > 0 ? [.. rule.ByWeekNumber] : null;
        _weekStart = (int)rule.WeekStart - 1;
        // "MUST NOT be specified with a numeric value" elsewhere (RFC 5545, 3.3.10): there the number is passed over.
        var hasOrdinals = rule.Frequency == RecurrenceFrequency.Monthly || rule is { Frequency: RecurrenceFrequency.Yearly, ByWeekNumber.Count: 0 };
        _countsInYear = rule.Frequency == RecurrenceFrequency.Yearly && rule.ByMonth.Count == 0;
        foreach (var day in rule.ByDay.Where(day => day.Ordinal == 0 || !hasOrdinals)) _weekdays |= 1 << ((int)day.Weekday - 1);
        foreach (var day in rule.ByDay.Where(day => day.Ordinal != 0 && hasOrdinals)) AddOrdinal((int)day.Weekday - 1, day.Ordinal);
        _hasOrdinals = hasOrdinals && rule.ByDay.Any(day => day.Ordinal != 0);
    }

    /// <summary>Whether every day satisfies it, so that nobody need ask.</summary>
    public bool IsOpen => _months == 0 && _monthDays == 0 && _monthDaysFromEnd == 0 && _yearDays is null && _weekNumbers is null && _weekdays == 0 && !_hasOrdinals;

    public bool Matches(int day)
    {
        // The weekday costs least to find out, and refuses most.
        if (_weekdays != 0 && !_hasOrdinals && (_weekdays & (1 << SecondClock.WeekdayOf(day))) == 0) return false;
        if (NeedsNoDate) return true;

        var (year, month, dayOfMonth) = SecondClock.CivilOf(day);
        return (_months == 0 || (_months & (1 << month)) != 0)
            && MatchesMonthDay(year, month, dayOfMonth)
            && MatchesYearDay(day, year)
            && MatchesWeekNumber(day)
            && MatchesWeekday(day, year, month, dayOfMonth);
    }

    private bool NeedsNoDate => _months == 0 && _monthDays == 0 && _monthDaysFromEnd == 0 && _yearDays is null && _weekNumbers is null && !_hasOrdinals;

    private bool MatchesMonthDay(int year, int month, int day)
    {
        if (_monthDays == 0 && _monthDaysFromEnd == 0) return true;
        return (_monthDays & (1u << day)) != 0
            || (_monthDaysFromEnd != 0 && (_monthDaysFromEnd & (1u << (SecondClock.DaysInMonth(year, month) - day + 1))) != 0);
    }

    private bool MatchesYearDay(int day, int year)
    {
        if (_yearDays is null) return true;
        var dayOfYear = day - SecondClock.DaysOf(year, 1, 1) + 1;
        return _yearDays.Contains(dayOfYear) || _yearDays.Contains(dayOfYear - SecondClock.DaysInYear(year) - 1);
    }

    private bool MatchesWeekNumber(int day)
    {
        if (_weekNumbers is null) return true;
        var year = WeekYear.Of(day, _weekStart);
        var number = ((day - WeekYear.FirstDayOf(year, _weekStart)) / 7) + 1;
        return _weekNumbers.Contains(number) || _weekNumbers.Contains(number - WeekYear.WeeksIn(year, _weekStart) - 1);
    }

    private bool MatchesWeekday(int day, int year, int month, int dayOfMonth)
    {
        if (_weekdays == 0 && !_hasOrdinals) return true;
        var weekday = SecondClock.WeekdayOf(day);
        if ((_weekdays & (1 << weekday)) != 0) return true;

        var position = _countsInYear ? day - SecondClock.DaysOf(year, 1, 1) : dayOfMonth - 1;
        var length = _countsInYear ? SecondClock.DaysInYear(year) : SecondClock.DaysInMonth(year, month);
        return (_ordinals[weekday] & (1L << ((position / 7) + 1))) != 0
            || (_ordinalsFromEnd[weekday] & (1L << (((length - 1 - position) / 7) + 1))) != 0;
    }

    /// <summary>One bit for each of 1 to 53: a rule can name hundreds, and every day asks.</summary>
    private void AddOrdinal(int weekday, int ordinal)
    {
        if (ordinal > 0) _ordinals[weekday] |= 1L << ordinal;
        else _ordinalsFromEnd[weekday] |= 1L << -ordinal;
    }
}
