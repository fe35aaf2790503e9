using Clutch.Ical.Recurrence;

namespace Clutch.Tests.Ical;

/// <summary>RFC 5545, 3.3.10 spelled out as slowly and plainly as possible: look at each day (or hour, minute, second) and ask every rule part about it.</summary>
/// <remarks>It shares no code with the library: dates are those of the base class library, and weeks are counted by walking.</remarks>
internal static class SlowRecurrence
{
    public static IEnumerable<DateTime> Expand(RecurrenceRule rule, DateTime start, DateTime end)
    {
        var found = rule.Frequency >= RecurrenceFrequency.Hourly ? Fine(rule, start, end) : Coarse(rule, start, end);
        return found.Where(moment => moment >= start && moment < end);
    }

    private static IEnumerable<DateTime> Coarse(RecurrenceRule rule, DateTime start, DateTime end)
    {
        var days = new List<DateTime>();
        var period = PeriodOf(rule, start.Date);
        // From far before the start, so that its whole period is there for BYSETPOS.
        for (var day = start.Date.AddDays(-400); day < end.AddDays(400); day = day.AddDays(1)) days.Add(day);

        foreach (var group in days.GroupBy(day => PeriodOf(rule, day)).OrderBy(group => group.Key))
        {
            if (group.Key < period || (group.Key - period) % rule.Interval != 0) continue;
            var moments = group.Where(day => DayFits(rule, start, day)).SelectMany(day => Times(rule, start, day)).Distinct().Order().ToList();
            foreach (var moment in Positions(rule, moments)) yield return moment;
        }
    }

    private static IEnumerable<DateTime> Fine(RecurrenceRule rule, DateTime start, DateTime end)
    {
        var step = rule.Frequency switch
        {
            RecurrenceFrequency.Hourly => TimeSpan.FromHours(rule.Interval),
            RecurrenceFrequency.Minutely => TimeSpan.FromMinutes(rule.Interval),
            _ => TimeSpan.FromSeconds(rule.Interval),
        };
        var first = rule.Frequency switch
        {
            RecurrenceFrequency.Hourly => start.Date.AddHours(start.Hour),
            RecurrenceFrequency.Minutely => start.Date.AddHours(start.Hour).AddMinutes(start.Minute),
            _ => start,
        };
        for (var unit = first; unit < end; unit += step)
        {
            if (!DayFits(rule, start, unit.Date) || !Allows(rule.ByHour, unit.Hour)) continue;
            if (rule.Frequency >= RecurrenceFrequency.Minutely && !Allows(rule.ByMinute, unit.Minute)) continue;
            if (rule.Frequency == RecurrenceFrequency.Secondly && !Allows(rule.BySecond, unit.Second)) continue;
            foreach (var moment in Positions(rule, [.. Within(rule, start, unit).Distinct().Order()])) yield return moment;
        }
    }

    private static IEnumerable<DateTime> Within(RecurrenceRule rule, DateTime start, DateTime unit) => rule.Frequency switch
    {
        RecurrenceFrequency.Hourly =>
            from minute in OrDefault(rule.ByMinute, start.Minute)
            from second in OrDefault(rule.BySecond, start.Second)
            select unit.AddMinutes(minute).AddSeconds(second),
        RecurrenceFrequency.Minutely => OrDefault(rule.BySecond, start.Second).Select(second => unit.AddSeconds(second)),
        _ => [unit],
    };

    private static IEnumerable<DateTime> Times(RecurrenceRule rule, DateTime start, DateTime day) =>
        from hour in OrDefault(rule.ByHour, start.Hour)
        from minute in OrDefault(rule.ByMinute, start.Minute)
        from second in OrDefault(rule.BySecond, start.Second)
        select day.AddHours(hour).AddMinutes(minute).AddSeconds(second);

    private static IEnumerable<DateTime> Positions(RecurrenceRule rule, List<DateTime> moments)
    {
        if (rule.BySetPosition.Count == 0) return moments;
        return rule.BySetPosition.Select(position => position > 0 ? position - 1 : moments.Count + position)
            .Where(index => index >= 0 && index < moments.Count).Distinct().Order().Select(index => moments[index]);
    }

    private static bool DayFits(RecurrenceRule rule, DateTime start, DateTime day) =>
        Allows(rule.ByMonth, day.Month)
        && MonthDayFits(rule, start, day)
        && (rule.ByYearDay.Count == 0 || rule.ByYearDay.Any(number => FromEnd(number, DateTime.IsLeapYear(day.Year) ? 366 : 365) == day.DayOfYear))
        && WeekFits(rule, day)
        && WeekdayFits(rule, start, day);

    private static bool MonthDayFits(RecurrenceRule rule, DateTime start, DateTime day)
    {
        var length = DateTime.DaysInMonth(day.Year, day.Month);
        if (rule.ByMonthDay.Count > 0) return rule.ByMonthDay.Any(number => FromEnd(number, length) == day.Day);
        if (HasDayRule(rule) || rule.ByWeekNumber.Count > 0) return true;
        return rule.Frequency switch
        {
            RecurrenceFrequency.Yearly => day.Day == start.Day && (rule.ByMonth.Count > 0 || day.Month == start.Month),
            RecurrenceFrequency.Monthly => day.Day == start.Day,
            _ => true,
        };
    }

    private static bool WeekFits(RecurrenceRule rule, DateTime day)
    {
        if (rule.ByWeekNumber.Count == 0) return true;
        var year = WeekYearOf(rule, day);
        return rule.ByWeekNumber.Any(number => FromEnd(number, (FirstWeek(rule, year + 1) - FirstWeek(rule, year)).Days / 7) == ((day - FirstWeek(rule, year)).Days / 7) + 1);
    }

    private static bool WeekdayFits(RecurrenceRule rule, DateTime start, DateTime day)
    {
        if (rule.ByDay.Count > 0) return rule.ByDay.Any(wanted => IsoDay(day) == (int)wanted.Weekday && OrdinalFits(rule, wanted.Ordinal, day));
        var followsStart = !HasDayRule(rule) && (rule.Frequency == RecurrenceFrequency.Weekly || (rule.Frequency < RecurrenceFrequency.Weekly && rule.ByWeekNumber.Count > 0));
        return !followsStart || day.DayOfWeek == start.DayOfWeek;
    }

    private static bool OrdinalFits(RecurrenceRule rule, int ordinal, DateTime day)
    {
        if (ordinal == 0 || rule.Frequency > RecurrenceFrequency.Monthly || (rule.Frequency == RecurrenceFrequency.Yearly && rule.ByWeekNumber.Count > 0)) return true;
        var isInYear = rule.Frequency == RecurrenceFrequency.Yearly && rule.ByMonth.Count == 0;
        var same = new List<DateTime>();
        var first = new DateTime(day.Year, isInYear ? 1 : day.Month, 1);
        for (var other = first; other < (isInYear ? first.AddYears(1) : first.AddMonths(1)); other = other.AddDays(1))
            if (other.DayOfWeek == day.DayOfWeek) same.Add(other);
        return FromEnd(ordinal, same.Count) == same.IndexOf(day) + 1;
    }

    private static long PeriodOf(RecurrenceRule rule, DateTime day) => rule.Frequency switch
    {
        RecurrenceFrequency.Yearly => rule.ByWeekNumber.Count > 0 ? WeekYearOf(rule, day) : day.Year,
        RecurrenceFrequency.Monthly => (day.Year * 12) + day.Month,
        RecurrenceFrequency.Weekly => (StartOfWeek(rule, day) - StartOfWeek(rule, new DateTime(1900, 1, 10))).Days / 7,
        _ => (day - new DateTime(1900, 1, 1)).Days,
    };

    private static int WeekYearOf(RecurrenceRule rule, DateTime day) =>
        day < FirstWeek(rule, day.Year) ? day.Year - 1 : day >= FirstWeek(rule, day.Year + 1) ? day.Year + 1 : day.Year;

    /// <summary>The first week is the first with at least four days in the year.</summary>
    private static DateTime FirstWeek(RecurrenceRule rule, int year)
    {
        var week = StartOfWeek(rule, new DateTime(year, 1, 1));
        return Enumerable.Range(0, 7).Count(offset => week.AddDays(offset).Year == year) >= 4 ? week : week.AddDays(7);
    }

    private static DateTime StartOfWeek(RecurrenceRule rule, DateTime day)
    {
        while (IsoDay(day) != (int)rule.WeekStart) day = day.AddDays(-1);
        return day;
    }

    private static bool HasDayRule(RecurrenceRule rule) => rule.ByDay.Count > 0 || rule.ByMonthDay.Count > 0 || rule.ByYearDay.Count > 0;

    private static int IsoDay(DateTime day) => day.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)day.DayOfWeek;

    private static int FromEnd(int number, int length) => number > 0 ? number : length + number + 1;

    private static bool Allows(IReadOnlyList<int> list, int value) => list.Count == 0 || list.Contains(value);

    private static IEnumerable<int> OrDefault(IReadOnlyList<int> list, int value) => list.Count > 0 ? list : [value];
}
