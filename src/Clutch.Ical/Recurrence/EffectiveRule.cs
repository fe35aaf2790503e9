using Clutch.Ical.Values;
using NodaTime;

namespace Clutch.Ical.Recurrence;

/// <summary>A rule together with what it takes from DTSTART: "information, not specified in the rule, is taken from DTSTART" (RFC 5545, 3.3.10).</summary>
internal static class EffectiveRule
{
    public static RecurrenceRule Of(RecurrenceRule rule, long start, bool isDate)
    {
        var day = SecondClock.DayOf(start);
        var withDay = WithDay(Distinct(rule), day);
        // "BYSECOND, BYMINUTE and BYHOUR ... MUST be ignored" beside a DTSTART that is a date.
        if (isDate) withDay = withDay with { ByHour = [], ByMinute = [], BySecond = [] };
        return WithTime(withDay, (int)(start - ((long)day * SecondClock.SecondsPerDay)));
    }

    /// <summary>Each value once: the days of a period are looked for value by value and list by list, and two lists of thousands would make millions.</summary>
    private static RecurrenceRule Distinct(RecurrenceRule rule) => rule with
    {
        BySecond = [.. rule.BySecond.Distinct()],
        ByMinute = [.. rule.ByMinute.Distinct()],
        ByHour = [.. rule.ByHour.Distinct()],
        ByDay = [.. rule.ByDay.Distinct()],
        ByMonthDay = [.. rule.ByMonthDay.Distinct()],
        ByYearDay = [.. rule.ByYearDay.Distinct()],
        ByWeekNumber = [.. rule.ByWeekNumber.Distinct()],
        ByMonth = [.. rule.ByMonth.Distinct()],
        BySetPosition = [.. rule.BySetPosition.Distinct()],
    };

    private static RecurrenceRule WithDay(RecurrenceRule rule, int day)
    {
        if (rule.ByDay.Count > 0 || rule.ByMonthDay.Count > 0 || rule.ByYearDay.Count > 0) return rule;

        var (_, month, dayOfMonth) = SecondClock.CivilOf(day);
        WeekdayRule[] weekday = [new((IsoDayOfWeek)(SecondClock.WeekdayOf(day) + 1))];
        return rule.Frequency switch
        {
            <= RecurrenceFrequency.Weekly when rule.ByWeekNumber.Count > 0 => rule with { ByDay = weekday },
            RecurrenceFrequency.Yearly => rule with { ByMonth = rule.ByMonth.Count > 0 ? rule.ByMonth : [month], ByMonthDay = [dayOfMonth] },
            RecurrenceFrequency.Monthly => rule with { ByMonthDay = [dayOfMonth] },
            RecurrenceFrequency.Weekly => rule with { ByDay = weekday },
            _ => rule,
        };
    }

    private static RecurrenceRule WithTime(RecurrenceRule rule, int secondOfDay) => rule with
    {
        ByHour = rule.ByHour.Count > 0 || rule.Frequency >= RecurrenceFrequency.Hourly ? rule.ByHour : [secondOfDay / 3_600],
        ByMinute = rule.ByMinute.Count > 0 || rule.Frequency >= RecurrenceFrequency.Minutely ? rule.ByMinute : [secondOfDay / 60 % 60],
        // There is no 60th second on this time scale; 59 is the nearest.
        BySecond = rule.BySecond.Count > 0 ? [.. rule.BySecond.Select(second => Math.Min(second, 59)).Distinct()]
            : rule.Frequency >= RecurrenceFrequency.Secondly ? [] : [secondOfDay % 60],
    };
}
