using NodaTime;

namespace Clutch.Ical.Values;

/// <summary>Wall-clock times and days as plain numbers: seconds and days since 1970-01-01, proleptic Gregorian.</summary>
/// <remarks>iCalendar knows whole seconds only, and one addition on a long is what lets a rule yield millions of instances a second.</remarks>
internal static class SecondClock
{
    public const int SecondsPerDay = 86_400;

    public static long ToSeconds(LocalDateTime local) =>
        ((long)DaysOf(local.Year, local.Month, local.Day) * SecondsPerDay) + (local.TickOfDay / NodaConstants.TicksPerSecond);

    /// <summary>The last second of the year 9999, the first of the year 1: nothing beyond them can be written.</summary>
    public const long Latest = 253_402_300_799;

    public const long Earliest = -62_135_596_800;

    public static Instant ToInstant(long seconds) => Instant.FromUnixTimeSeconds(Math.Clamp(seconds, Earliest, Latest));

    public static LocalDateTime ToLocal(long seconds)
    {
        seconds = Math.Clamp(seconds, Earliest, Latest);
        var day = DayOf(seconds);
        var (year, month, dayOfMonth) = CivilOf(day);
        return new LocalDate(year, month, dayOfMonth) + LocalTime.FromSecondsSinceMidnight((int)(seconds - ((long)day * SecondsPerDay)));
    }

    public static int DayOf(long seconds) => (int)Math.DivRem(seconds, SecondsPerDay, out var rest) - (rest < 0 ? 1 : 0);

    /// <summary>Days since 1970-01-01 (H. Hinnant, "chrono-compatible low-level date algorithms", days_from_civil).</summary>
    public static int DaysOf(int year, int month, int day)
    {
        var shifted = month <= 2 ? year - 1 : year;
        var era = (shifted >= 0 ? shifted : shifted - 399) / 400;
        var yearOfEra = shifted - (era * 400);
        var dayOfYear = (((153 * (month > 2 ? month - 3 : month + 9)) + 2) / 5) + day - 1;
        var dayOfEra = (yearOfEra * 365) + (yearOfEra / 4) - (yearOfEra / 100) + dayOfYear;
        return (era * 146_097) + dayOfEra - 719_468;
    }

    /// <summary>Year, month and day of a day number (the same source, civil_from_days).</summary>
    public static (int Year, int Month, int Day) CivilOf(int days)
    {
        var shifted = days + 719_468;
        var era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097;
        var dayOfEra = (uint)(shifted - (era * 146_097));
        var yearOfEra = (dayOfEra - (dayOfEra / 1_460) + (dayOfEra / 36_524) - (dayOfEra / 146_096)) / 365;
        var dayOfYear = dayOfEra - ((365 * yearOfEra) + (yearOfEra / 4) - (yearOfEra / 100));
        var shiftedMonth = ((5 * dayOfYear) + 2) / 153;
        var day = (int)(dayOfYear - (((153 * shiftedMonth) + 2) / 5) + 1);
        var month = (int)(shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9);
        return ((int)yearOfEra + (era * 400) + (month <= 2 ? 1 : 0), month, day);
    }

    public static bool IsLeap(int year) => year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    public static int DaysInMonth(int year, int month) => month == 2 ? (IsLeap(year) ? 29 : 28) : 30 + ((month + (month >> 3)) & 1);

    public static int DaysInYear(int year) => IsLeap(year) ? 366 : 365;

    /// <summary>Monday is 0, Sunday 6.</summary>
    public static int WeekdayOf(int day)
    {
        // 1970-01-01 was a Thursday.
        var weekday = (day + 3) % 7;
        return weekday < 0 ? weekday + 7 : weekday;
    }
}
