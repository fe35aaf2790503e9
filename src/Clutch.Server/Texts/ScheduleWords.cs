using System.Globalization;
using Clutch.Scheduling;

namespace Clutch.Server.Texts;

/// <summary>Schedules in words, in the book's language.</summary>
internal static class ScheduleWords
{
    private static readonly string[] KnownChanges = ["created", "edited", "paused", "resumed", "run", "reverted", "deployed", "deleted"];

    /// <summary>When it fires: <c>at 02:30, Monday to Friday (Europe/Berlin)</c>; a trigger that is too odd for words is given as it stands.</summary>
    public static string InWords(this TextBook text, ScheduleDefinition definition, ScheduleRhythm? rhythm) => (definition.Trigger, rhythm) switch
    {
        (ScheduleTrigger.Every every, _) => Every(text, every.Interval),
        (_, not null) => text.With("rhythm.inZone", OnDays(text, Times(text, rhythm), rhythm), definition.TimeZone),
        (ScheduleTrigger.Cron cron, null) => text.With("rhythm.inZone", text.With("rhythm.cron", cron.Expression), definition.TimeZone),
        _ => throw new System.Diagnostics.UnreachableException($"Unknown trigger '{definition.Trigger}'."),
    };

    public static string InWords(this TextBook text, Schedule schedule) => text.InWords(schedule.Definition, schedule.Rhythm);

    /// <summary>What the clock does to a firing, or null where it does nothing.</summary>
    public static string? NoteOn(this TextBook text, PlannedFiring firing) => firing.Change switch
    {
        null => firing.Note,
        ClockChange.LeftOut gap => text.With("clockChange.leftOut", Day(gap.To), Time(gap.From), Time(gap.To), Time(gap.Named)),
        ClockChange.Repeated repeated => text.With("clockChange.repeated", Day(repeated.Named), Time(repeated.Named), Offset(repeated.Offset)),
        _ => throw new System.Diagnostics.UnreachableException($"Unknown change '{firing.Change}'."),
    };

    /// <summary>What was done; an action that this server does not know is given as it stands.</summary>
    public static string ActionOf(this TextBook text, ScheduleChange change) => KnownChanges.Contains(change.Action) ? text[$"scheduleChange.{change.Action}"] : change.Action;

    private static string Times(TextBook text, ScheduleRhythm rhythm) => rhythm switch
    {
        { At: { } at } => text.With("rhythm.at", at.ToString(at.Second == 0 ? "HH:mm" : "HH:mm:ss", CultureInfo.InvariantCulture)),
        { Minute: { } minute, Every.TotalHours: 1 } => text.With("rhythm.hourly", minute),
        { Minute: { } minute, Every.TotalHours: var hours } => text.With("rhythm.byHours", hours, minute),
        _ => Every(text, rhythm.Every!.Value),
    };

    private static string OnDays(TextBook text, string times, ScheduleRhythm rhythm) => rhythm switch
    {
        { IsOnLastDay: true } => text.With("rhythm.onLastDay", times),
        { DayOfMonth: { } day } => text.With("rhythm.onDay", times, day),
        { WeekDays.Count: > 0 } => text.With("rhythm.onWeekDays", times, string.Join(", ", rhythm.WeekDays.Select(days => Days(text, days)))),
        { At: not null } => text.With("rhythm.onAllDays", times),
        _ => times,
    };

    private static string Days(TextBook text, WeekDays days) => days.First == days.Last
        ? text.Of("weekDay", days.First)
        : text.With("rhythm.fromTo", text.Of("weekDay", days.First), text.Of("weekDay", days.Last));

    private static string Every(TextBook text, TimeSpan span) => span switch
    {
        { TotalDays: >= 1 } when span.Ticks % TimeSpan.TicksPerDay == 0 => Every(text, span.TotalDays, "rhythm.day", "rhythm.days"),
        { TotalHours: >= 1 } when span.Ticks % TimeSpan.TicksPerHour == 0 => Every(text, span.TotalHours, "rhythm.hour", "rhythm.hours"),
        { TotalMinutes: >= 1 } when span.Ticks % TimeSpan.TicksPerMinute == 0 => Every(text, span.TotalMinutes, "rhythm.minute", "rhythm.minutes"),
        _ => Every(text, span.TotalSeconds, "rhythm.second", "rhythm.seconds"),
    };

    private static string Every(TextBook text, double count, string one, string many) => count == 1 ? text[one] : text.With(many, count);

    private static string Day(DateTime local) => local.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Time(DateTime local) => local.ToString(local.Second == 0 ? "HH:mm" : "HH:mm:ss", CultureInfo.InvariantCulture);

    private static string Offset(TimeSpan offset) => $"UTC{(offset < TimeSpan.Zero ? "-" : "+")}{offset.ToString("hh\\:mm", CultureInfo.InvariantCulture)}";
}
