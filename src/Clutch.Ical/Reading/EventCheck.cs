using Clutch.Ical.Components;
using Clutch.Ical.Occurrences;
using Clutch.Ical.Properties;
using Clutch.Ical.Recurrence;
using Clutch.Ical.Zones;

namespace Clutch.Ical.Reading;

/// <summary>Looks at what an event that can be used says oddly, and tells it.</summary>
internal sealed class EventCheck(ZoneResolver zones, ReadLimits limits, Action<Fault> report)
{
    public void Look(CalendarEvent calendarEvent)
    {
        foreach (var property in calendarEvent.PropertyList) Look(calendarEvent, property);
        if (EventSpan.Of(calendarEvent, zones) is { } span) Look(calendarEvent, span);
        CheckRules(calendarEvent, PropertyId.RecurrenceRule);
        CheckRules(calendarEvent, PropertyId.ExceptionRule);
        CheckDates(calendarEvent, PropertyId.RecurrenceDate);
        CheckDates(calendarEvent, PropertyId.ExceptionDate);
    }

    private void Look(CalendarEvent calendarEvent, in CalendarProperty property)
    {
        switch (property.Id)
        {
            case PropertyId.DtStart or PropertyId.DtEnd or PropertyId.RecurrenceId or PropertyId.RecurrenceDate or PropertyId.ExceptionDate:
                CheckZone(calendarEvent, property);
                break;
            case PropertyId.RecurrenceRule or PropertyId.ExceptionRule:
                CheckRule(calendarEvent, property);
                break;
            case PropertyId.Duration:
                CheckDuration(calendarEvent, property);
                break;
        }
    }

    private void Look(CalendarEvent calendarEvent, in EventSpan span)
    {
        if (span.EndedBeforeStart) Report(FaultKind.EndBeforeStart, calendarEvent, "The event ends before it starts; its end was moved to its start.");
        if (span.HasMixedTypes) Report(FaultKind.MixedTimeTypes, calendarEvent, "DTSTART and DTEND are not both dates or both times; the end was read like the start.");
    }

    private void CheckZone(CalendarEvent calendarEvent, in CalendarProperty property)
    {
        // A date or a UTC time is in no zone, whatever its TZID says.
        if (property.ValueUtf8.EndsWith("Z"u8) || property.FindTimeZoneId(zones.LastTimeZoneId) is not { Length: > 0 } id || zones.FindZone(id) is not null) return;
        Report(FaultKind.UnknownTimeZone, calendarEvent, $"Nobody knows the time zone '{id}' of {property.Name}; '{zones.DefaultZone.Id}' was taken.");
    }

    private void CheckRule(CalendarEvent calendarEvent, in CalendarProperty property)
    {
        if (!RecurrenceRule.TryParse(property.ValueUtf8, out var rule, out var reason))
            Report(FaultKind.InvalidRule, calendarEvent, $"The {property.Name} cannot be used: {reason}");
        else if (rule.Frequency >= RecurrenceFrequency.Hourly && calendarEvent.Start is { IsDate: true })
            Report(FaultKind.InvalidRule, calendarEvent, $"The {property.Name} cannot be used: an event of whole days cannot repeat {rule.Frequency}.");
    }

    private void CheckDuration(CalendarEvent calendarEvent, in CalendarProperty property)
    {
        if (calendarEvent.End is not null) Report(FaultKind.EndAndDuration, calendarEvent, "The event has both DTEND and DURATION; DTEND was taken.");
        else if (!property.TryGetDuration(out _)) Report(FaultKind.BadValue, calendarEvent, "The DURATION is none and was ignored.");
    }

    private void CheckRules(CalendarEvent calendarEvent, PropertyId id)
    {
        var count = 0;
        foreach (var property in calendarEvent.PropertyList)
            if (property.Id == id) count++;
        if (count > OriginalInstances.MostRules)
            Report(FaultKind.TooManyDates, calendarEvent, $"The event has more than {OriginalInstances.MostRules} {PropertyNames.NameOf(id)} lines; the rest was ignored.");
    }

    private void CheckDates(CalendarEvent calendarEvent, PropertyId id)
    {
        if (!calendarEvent.TryFind(id, out var first)) return;
        if (DateList.Count(calendarEvent, id) > limits.Dates)
            Report(FaultKind.TooManyDates, calendarEvent, $"The event has more than {limits.Dates} dates in {first.Name}; the rest was ignored.");
        if (DateList.Read(calendarEvent, id, limits.Dates, static _ => { }, static _ => { }) is var badCount && badCount > 0)
            Report(FaultKind.BadValue, calendarEvent, $"{badCount} dates in {first.Name} are none and were ignored.");
    }

    private void Report(FaultKind kind, CalendarEvent calendarEvent, string reason) => report(new(kind, calendarEvent.LineNumber, reason));
}
