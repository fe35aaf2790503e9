using Clutch.Ical.Properties;
using Clutch.Ical.Recurrence;
using Clutch.Ical.Values;

namespace Clutch.Ical.Components;

/// <summary>A task (RFC 5545, 3.6.2).</summary>
public sealed class CalendarToDo : CalendarComponent
{
    /// <summary>An empty task. RFC 5545 wants at least <see cref="Uid"/> and <see cref="Stamp"/>.</summary>
    public CalendarToDo() : base(ComponentKind.ToDo) { }

    internal CalendarToDo(PropertyList properties) : base(ComponentNames.NameOf(ComponentKind.ToDo), ComponentKind.ToDo, properties) { }

    /// <summary>UID (3.8.4.7), or null.</summary>
    public string? Uid { get => TextOf(PropertyId.Uid); set => SetText(PropertyId.Uid, value); }

    /// <summary>DTSTAMP (3.8.7.2), or null.</summary>
    public CalendarTime? Stamp { get => TimeOf(PropertyId.DtStamp); set => SetTime(PropertyId.DtStamp, value); }

    /// <summary>RECURRENCE-ID (3.8.4.4), or null.</summary>
    public CalendarTime? RecurrenceId { get => TimeOf(PropertyId.RecurrenceId); set => SetTime(PropertyId.RecurrenceId, value); }

    /// <summary>DTSTART (3.8.2.4), or null.</summary>
    public CalendarTime? Start { get => TimeOf(PropertyId.DtStart); set => SetTime(PropertyId.DtStart, value); }

    /// <summary>DUE (3.8.2.3), or null.</summary>
    public CalendarTime? Due { get => TimeOf(PropertyId.Due); set => SetTime(PropertyId.Due, value); }

    /// <summary>DURATION (3.8.2.5), or null.</summary>
    public CalendarDuration? Duration { get => DurationOf(PropertyId.Duration); set => SetDuration(PropertyId.Duration, value); }

    /// <summary>COMPLETED (3.8.2.1), or null.</summary>
    public CalendarTime? Completed { get => TimeOf(PropertyId.Completed); set => SetTime(PropertyId.Completed, value); }

    /// <summary>PERCENT-COMPLETE (3.8.1.8): 0 to 100, or null.</summary>
    public int? PercentComplete { get => IntegerOf(PropertyId.PercentComplete); set => SetInteger(PropertyId.PercentComplete, value); }

    /// <summary>RRULE (3.8.5.3), or null when there is none or it cannot be understood.</summary>
    public RecurrenceRule? RecurrenceRule
    {
        get => TryFind(PropertyId.RecurrenceRule, out var rule) && RecurrenceRule.TryParse(rule.ValueUtf8, out var parsed, out _) ? parsed : null;
        set => SetRaw(PropertyId.RecurrenceRule, value?.ToString());
    }

    /// <summary>SUMMARY (3.8.1.12), or null.</summary>
    public string? Summary { get => TextOf(PropertyId.Summary); set => SetText(PropertyId.Summary, value); }

    /// <summary>DESCRIPTION (3.8.1.5), or null.</summary>
    public string? Description { get => TextOf(PropertyId.Description); set => SetText(PropertyId.Description, value); }

    /// <summary>STATUS (3.8.1.11) in capitals: NEEDS-ACTION, COMPLETED, IN-PROCESS, CANCELLED, or null.</summary>
    public string? Status { get => KeywordOf(PropertyId.Status); set => SetRaw(PropertyId.Status, value); }

    /// <summary>PRIORITY (3.8.1.9): 1 is highest, 9 lowest, 0 none, or null.</summary>
    public int? Priority { get => IntegerOf(PropertyId.Priority); set => SetInteger(PropertyId.Priority, value); }

    /// <summary>The alarms (3.6.6) inside it.</summary>
    public IEnumerable<CalendarAlarm> Alarms => Components.OfType<CalendarAlarm>();
}
