namespace Clutch.Scheduling;

/// <summary>When a schedule fires, taken apart so that it can be said in any language: at a time of day or again and again, on all days or on some.</summary>
public sealed record ScheduleRhythm
{
    /// <summary>The time of day, or null where it fires again and again.</summary>
    public TimeOnly? At { get; init; }

    /// <summary>The span between two firings, or null where it fires at one time of day.</summary>
    public TimeSpan? Every { get; init; }

    /// <summary>The minute of the hour, 0 to 59, for what fires every so many hours by the clock; else null.</summary>
    public int? Minute { get; init; }

    /// <summary>The only day of the month on which it fires, 1 to 31, or null.</summary>
    public int? DayOfMonth { get; init; }

    /// <summary>Whether it fires on the last day of the month only; false by default.</summary>
    public bool IsOnLastDay { get; init; }

    /// <summary>The only days of the week on which it fires; empty, the default, for all.</summary>
    public IReadOnlyList<WeekDays> WeekDays { get; init; } = [];
}

/// <summary>Days of the week that follow each other.</summary>
/// <param name="First">The first.</param>
/// <param name="Last">The last, the same as the first for a single day.</param>
public readonly record struct WeekDays(DayOfWeek First, DayOfWeek Last);
