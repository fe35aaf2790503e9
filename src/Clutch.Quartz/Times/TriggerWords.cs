using System.Globalization;

namespace Clutch.Scheduling.Times;

/// <summary>Says a trigger in words; an expression that is too odd for them is given as it stands.</summary>
internal static class TriggerWords
{
    private static readonly string[] Days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
    private static readonly string[] ShortDays = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

    public static string Of(ScheduleDefinition definition) => definition.Trigger switch
    {
        ScheduleTrigger.Every every => $"every {Span(every.Interval)}",
        ScheduleTrigger.Cron cron => $"{Cron(CronText.Parse(cron.Expression, TimeZoneInfo.Utc).CronExpressionString) ?? $"at the times of '{cron.Expression}'"} ({definition.TimeZone})",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    // The fields are Quartz's: second, minute, hour, day of month, month, day of week, perhaps year.
    private static string? Cron(string expression)
    {
        var fields = expression.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length != 6 || fields[4] != "*" || Time(fields) is not { } time)
            return null;
        var (dayOfMonth, dayOfWeek) = (fields[3], fields[5]);
        if (IsAny(dayOfMonth) && IsAny(dayOfWeek))
            return fields[2].All(char.IsAsciiDigit) ? $"{time} every day" : time;
        if (IsAny(dayOfWeek))
            return dayOfMonth == "L" ? $"{time} on the last day of the month" : dayOfMonth.All(char.IsAsciiDigit) ? $"{time} on day {dayOfMonth} of the month" : null;
        return IsAny(dayOfMonth) && WeekDays(dayOfWeek) is { } days ? $"{time}, {days}" : null;
    }

    private static string? Time(string[] fields)
    {
        var (second, minute, hour) = (fields[0], fields[1], fields[2]);
        if (Number(second) is not { } seconds)
            return IsAny(minute) && IsAny(hour) && Step(second) is { } every ? $"every {every} seconds" : null;
        if (Number(hour) is { } hours && Number(minute) is { } minutes)
            return $"at {hours:00}:{minutes:00}{(seconds == 0 ? string.Empty : $":{seconds:00}")}";
        if (seconds != 0)
            return null;
        if (IsAny(hour))
            return Number(minute) is { } at ? $"at minute {at} of every hour" : Step(minute) is { } step ? $"every {step} minutes" : IsAny(minute) ? "every minute" : null;
        return Step(hour) is { } hourly && Number(minute) is { } past ? $"every {hourly} hours at minute {past}" : null;
    }

    private static string? WeekDays(string field)
    {
        var names = new List<string>();
        foreach (var part in field.Split(','))
        {
            var ends = part.Split('-').Select(Day).ToArray();
            if (ends.Length > 2 || ends.Any(end => end is null))
                return null;
            names.Add(string.Join(" to ", ends));
        }

        return string.Join(", ", names);
    }

    private static string? Day(string text) => Number(text) is >= 1 and <= 7 and var number
        ? Days[number - 1]
        : Array.IndexOf(ShortDays, text.ToUpperInvariant()) is >= 0 and var index ? Days[index] : null;

    private static bool IsAny(string field) => field is "*" or "?";

    private static int? Number(string field) => int.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static int? Step(string field) => field.Split('/') is ["*" or "0", var step] ? Number(step) : null;

    private static string Span(TimeSpan span) => span switch
    {
        { TotalDays: >= 1 } when span.Ticks % TimeSpan.TicksPerDay == 0 => Count(span.TotalDays, "day"),
        { TotalHours: >= 1 } when span.Ticks % TimeSpan.TicksPerHour == 0 => Count(span.TotalHours, "hour"),
        { TotalMinutes: >= 1 } when span.Ticks % TimeSpan.TicksPerMinute == 0 => Count(span.TotalMinutes, "minute"),
        _ => Count(span.TotalSeconds, "second"),
    };

    private static string Count(double count, string unit) => count == 1 ? unit : string.Create(CultureInfo.InvariantCulture, $"{count} {unit}s");
}
