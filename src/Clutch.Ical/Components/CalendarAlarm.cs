using Clutch.Ical.Properties;
using Clutch.Ical.Values;

namespace Clutch.Ical.Components;

/// <summary>An alarm (RFC 5545, 3.6.6).</summary>
public sealed class CalendarAlarm : CalendarComponent
{
    /// <summary>An empty alarm. RFC 5545 wants at least <see cref="Action"/> and a trigger.</summary>
    public CalendarAlarm() : base(ComponentKind.Alarm) { }

    internal CalendarAlarm(PropertyList properties) : base(ComponentNames.NameOf(ComponentKind.Alarm), ComponentKind.Alarm, properties) { }

    /// <summary>ACTION (3.8.6.1) in capitals: AUDIO, DISPLAY, EMAIL, or null.</summary>
    public string? Action { get => KeywordOf(PropertyId.Action); set => SetRaw(PropertyId.Action, value); }

    /// <summary>TRIGGER (3.8.6.3) as a distance from the start of the event, or null when it is an instant or missing.</summary>
    public CalendarDuration? TriggerOffset { get => DurationOf(PropertyId.Trigger); set => SetDuration(PropertyId.Trigger, value); }

    /// <summary>TRIGGER as an instant, or null when it is a distance or missing.</summary>
    public CalendarTime? TriggerTime
    {
        get => TimeOf(PropertyId.Trigger);
        set => SetOrRemove(PropertyId.Trigger, value is { } time ? CalendarProperty.OfTime("TRIGGER", time, new PropertyParameter("VALUE", "DATE-TIME")) : null);
    }

    /// <summary>Whether <see cref="TriggerOffset"/> counts from the end of the event: RELATED=END (3.2.14).</summary>
    public bool IsRelatedToEnd => TryFind(PropertyId.Trigger, out var trigger) && trigger.HasParameter("RELATED"u8, "END"u8);

    /// <summary>REPEAT (3.8.6.2): how often it sounds again, or null.</summary>
    public int? Repeat { get => IntegerOf(PropertyId.Repeat); set => SetInteger(PropertyId.Repeat, value); }

    /// <summary>DURATION (3.8.2.5): the pause between repetitions, or null.</summary>
    public CalendarDuration? RepeatEvery { get => DurationOf(PropertyId.Duration); set => SetDuration(PropertyId.Duration, value); }

    /// <summary>DESCRIPTION (3.8.1.5): what to show, or null.</summary>
    public string? Description { get => TextOf(PropertyId.Description); set => SetText(PropertyId.Description, value); }

    /// <summary>SUMMARY (3.8.1.12): the subject of a mail, or null.</summary>
    public string? Summary { get => TextOf(PropertyId.Summary); set => SetText(PropertyId.Summary, value); }
}
