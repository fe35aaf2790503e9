using NodaTime;

namespace Clutch.Ical.Recurrence;

/// <summary>The two letters by which RFC 5545 calls the days of the week.</summary>
internal static class WeekdayText
{
    private static readonly string[] Names = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

    public static string Of(IsoDayOfWeek weekday) => Names[(int)weekday - 1];

    public static bool TryRead(ReadOnlySpan<char> text, out IsoDayOfWeek weekday)
    {
        weekday = IsoDayOfWeek.None;
        for (var at = 0; at < Names.Length; at++)
            if (text.Equals(Names[at], StringComparison.OrdinalIgnoreCase)) weekday = (IsoDayOfWeek)(at + 1);
        return weekday != IsoDayOfWeek.None;
    }
}
