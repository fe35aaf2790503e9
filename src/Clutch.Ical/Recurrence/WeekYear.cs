using Clutch.Ical.Values;

namespace Clutch.Ical.Recurrence;

/// <summary>Years made of whole weeks (ISO 8601, for any first day of the week): week 1 is the first with four days in the calendar year.</summary>
internal static class WeekYear
{
    public static int FirstDayOf(int year, int weekStart)
    {
        // January 4 lies in week 1, whatever the day on which weeks begin.
        var fourth = SecondClock.DaysOf(year, 1, 4);
        return StartOfWeek(fourth, weekStart);
    }

    public static int WeeksIn(int year, int weekStart) => (FirstDayOf(year + 1, weekStart) - FirstDayOf(year, weekStart)) / 7;

    public static int Of(int day, int weekStart)
    {
        var year = SecondClock.CivilOf(day).Year;
        if (day < FirstDayOf(year, weekStart)) return year - 1;
        return day >= FirstDayOf(year + 1, weekStart) ? year + 1 : year;
    }

    public static int StartOfWeek(int day, int weekStart)
    {
        var back = SecondClock.WeekdayOf(day) - weekStart;
        return day - (back < 0 ? back + 7 : back);
    }
}
