using Quartz;

namespace Clutch.Scheduling.Times;

/// <summary>Reads a cron expression in either dialect.</summary>
internal static class CronText
{
    /// <summary>The expression in the schedule's zone.</summary>
    /// <exception cref="FormatException">It is none; the message says what is wrong.</exception>
    public static CronExpression Parse(string expression, TimeZoneInfo zone) => CronExpression.Parse(expression.Trim(), FormatOf(expression)).WithTimeZone(zone);

    // Five fields are Unix's; Quartz's own dialect has a field of seconds first, and counts days of the week from Sunday = 1.
    private static CronFormat FormatOf(string expression) =>
        expression.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length == 5 ? CronFormat.Unix : CronFormat.Quartz;
}
