using System.Globalization;

namespace Clutch.Scheduling.Times;

/// <summary>Takes a trigger apart.</summary>
internal static class Rhythms
{
    private static readonly string[] DayNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

    /// <summary>The rhythm, or null where the expression is too odd to have one.</summary>
    public static ScheduleRhythm? Of(ScheduleTrigger trigger) => trigger switch
    {
        ScheduleTrigger.Every every => new() { Every = every.Interval },
        ScheduleTrigger.Cron cron => Of(CronText.Parse(cron.Expression, TimeZoneInfo.Utc).CronExpressionString),
        _ => throw new System.Diagnostics.UnreachableException($"Unknown trigger '{trigger}'."),
    };

    // The fields are Quartz's: second, minute, hour, day of month, month, day of week, perhaps year.
    private static ScheduleRhythm? Of(string expression) => expression.Split(' ', StringSplitOptions.RemoveEmptyEntries) switch
    {
        [var second, var minute, var hour, var dayOfMonth, "*", var dayOfWeek] when Times(second, minute, hour) is { } times => OnDays(times, dayOfMonth, dayOfWeek),
        _ => null,
    };

    private static ScheduleRhythm? Times(string second, string minute, string hour) => (Number(second), Number(minute), Number(hour)) switch
    {
        ({ } seconds, { } minutes, { } hours) => new() { At = new(hours, minutes, seconds) },
        (null, _, _) => IsAny(minute) && IsAny(hour) && Step(second) is { } seconds ? new() { Every = TimeSpan.FromSeconds(seconds) } : null,
        (0, { } past, null) => EachOf(hour) is { } hours ? new() { Every = TimeSpan.FromHours(hours), Minute = past } : null,
        (0, null, null) when IsAny(hour) => EachOf(minute) is { } minutes ? new() { Every = TimeSpan.FromMinutes(minutes) } : null,
        _ => null,
    };

    private static ScheduleRhythm? OnDays(ScheduleRhythm times, string dayOfMonth, string dayOfWeek) => (IsAny(dayOfMonth), IsAny(dayOfWeek)) switch
    {
        (true, true) => times,
        (true, false) => WeekDaysOf(dayOfWeek) is { } days ? times with { WeekDays = days } : null,
        (false, true) when dayOfMonth == "L" => times with { IsOnLastDay = true },
        (false, true) => Number(dayOfMonth) is { } day ? times with { DayOfMonth = day } : null,
        _ => null,
    };

    private static List<WeekDays>? WeekDaysOf(string field)
    {
        var days = new List<WeekDays>();
        foreach (var part in field.Split(','))
        {
            var ends = part.Split('-').Select(Day).ToArray();
            if (ends.Length > 2 || ends[0] is not { } first || ends[^1] is not { } last)
                return null;
            days.Add(new(first, last));
        }

        return days;
    }

    private static DayOfWeek? Day(string text) => Number(text) is >= 1 and <= 7 and var number
        ? (DayOfWeek)(number - 1)
        : Array.IndexOf(DayNames, text.ToUpperInvariant()) is >= 0 and var index ? (DayOfWeek)index : null;

    private static int? EachOf(string field) => IsAny(field) ? 1 : Step(field);

    private static bool IsAny(string field) => field is "*" or "?";

    private static int? Number(string field) => int.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static int? Step(string field) => field.Split('/') is ["*" or "0", var step] ? Number(step) : null;
}
