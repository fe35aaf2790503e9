using System.Globalization;

namespace Clutch.Scheduling.Times;

/// <summary>Says a trigger in English; an expression that is too odd for words is given as it stands.</summary>
internal static class TriggerWords
{
    public static string Of(ScheduleDefinition definition) => (definition.Trigger, Rhythms.Of(definition.Trigger)) switch
    {
        (ScheduleTrigger.Every, { } rhythm) => Times(rhythm),
        (_, { } rhythm) => $"{OnDays(Times(rhythm), rhythm)} ({definition.TimeZone})",
        (ScheduleTrigger.Cron cron, null) => $"at the times of '{cron.Expression}' ({definition.TimeZone})",
        _ => throw new System.Diagnostics.UnreachableException($"Unknown trigger '{definition.Trigger}'."),
    };

    private static string Times(ScheduleRhythm rhythm) => rhythm switch
    {
        { At: { } at } => $"at {at.ToString(at.Second == 0 ? "HH:mm" : "HH:mm:ss", CultureInfo.InvariantCulture)}",
        { Minute: { } minute, Every.TotalHours: 1 } => $"at minute {minute} of every hour",
        { Minute: { } minute, Every.TotalHours: var hours } => $"every {hours} hours at minute {minute}",
        _ => $"every {Span(rhythm.Every!.Value)}",
    };

    private static string OnDays(string times, ScheduleRhythm rhythm) => rhythm switch
    {
        { IsOnLastDay: true } => $"{times} on the last day of the month",
        { DayOfMonth: { } day } => $"{times} on day {day} of the month",
        { WeekDays.Count: > 0 } => $"{times}, {string.Join(", ", rhythm.WeekDays.Select(days => days.First == days.Last ? $"{days.First}" : $"{days.First} to {days.Last}"))}",
        { At: not null } => $"{times} every day",
        _ => times,
    };

    private static string Span(TimeSpan span) => span switch
    {
        { TotalDays: >= 1 } when span.Ticks % TimeSpan.TicksPerDay == 0 => Count(span.TotalDays, "day"),
        { TotalHours: >= 1 } when span.Ticks % TimeSpan.TicksPerHour == 0 => Count(span.TotalHours, "hour"),
        { TotalMinutes: >= 1 } when span.Ticks % TimeSpan.TicksPerMinute == 0 => Count(span.TotalMinutes, "minute"),
        _ => Count(span.TotalSeconds, "second"),
    };

    private static string Count(double count, string unit) => count == 1 ? unit : string.Create(CultureInfo.InvariantCulture, $"{count} {unit}s");
}
