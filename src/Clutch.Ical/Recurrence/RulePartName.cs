namespace Clutch.Ical.Recurrence;

/// <summary>The parts a rule may have.</summary>
internal enum RulePartName
{
    Other,
    Frequency, Interval, Count, Until, WeekStart,
    BySecond, ByMinute, ByHour, ByDay, ByMonthDay, ByYearDay, ByWeekNumber, ByMonth, BySetPosition,
    Scale, Skip,
}

/// <summary>How the parts are written.</summary>
internal static class RulePartNames
{
    private static readonly string[] Names =
    [
        "", "FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST",
        "BYSECOND", "BYMINUTE", "BYHOUR", "BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYMONTH", "BYSETPOS",
        "RSCALE", "SKIP",
    ];

    /// <summary>The part of a name in any case, or <see cref="RulePartName.Other"/>.</summary>
    public static RulePartName Find(ReadOnlySpan<char> name)
    {
        for (var at = 1; at < Names.Length; at++)
            if (name.Equals(Names[at], StringComparison.OrdinalIgnoreCase)) return (RulePartName)at;
        return RulePartName.Other;
    }
}
