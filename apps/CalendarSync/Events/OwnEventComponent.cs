using System.Globalization;
using Clutch.Ical.Components;
using Clutch.Ical.Properties;
using Clutch.Ical.Recurrence;
using Clutch.Ical.Values;
using Clutch.Ical.Zones;
using NodaTime;
using NodaTime.Text;

namespace CalendarSync.Events;

/// <summary>An own event as iCalendar component: for expansion and for export alike.</summary>
internal static class OwnEventComponent
{
    private static readonly LocalTime LastSecond = new(23, 59, 59);

    /// <summary>The component. Nothing in it depends on when it is made.</summary>
    public static CalendarEvent Of(OwnEvent own)
    {
        var changed = CalendarTime.OfInstant(Instant.FromDateTimeOffset(own.UpdatedAt));
        var start = TimeOf(own.StartLocal, own.TimeZone);
        var component = new CalendarEvent
        {
            Uid = own.Uid,
            Stamp = changed,
            LastModified = changed,
            Created = CalendarTime.OfInstant(Instant.FromDateTimeOffset(own.CreatedAt)),
            Sequence = own.Sequence,
            Start = start,
            End = TimeOf(own.EndLocal, own.TimeZone),
            RecurrenceRule = own.Rule is { } rule ? RuleOf(RecurrenceRule.Parse(rule), start) : null,
            Summary = own.Title,
            Description = own.Description,
            Location = own.Location,
            Status = "CONFIRMED",
            Transparency = own.IsBusy ? "OPAQUE" : "TRANSPARENT",
        };
        if (own.Excluded.Count > 0)
            component.Add(CalendarProperty.OfTimes("EXDATE", [.. own.Excluded.Select(text => TimeOf(text, own.TimeZone))]));
        return component;
    }

    /// <summary>A stored wall-clock text as a time: a date, a zoned time, or a floating one where there is no zone.</summary>
    public static CalendarTime TimeOf(string local, string? zone)
    {
        if (local.Length == 10)
            return CalendarTime.OfDate(LocalDatePattern.Iso.Parse(local).Value);
        var time = LocalDateTimePattern.ExtendedIso.WithCulture(CultureInfo.InvariantCulture).Parse(local).Value;
        return zone is null ? CalendarTime.OfFloating(time)
            : zone == "UTC" ? CalendarTime.OfInstant(time.InUtc().ToInstant())
            : CalendarTime.OfZoned(time, zone);
    }

    private static RecurrenceRule RuleOf(RecurrenceRule rule, CalendarTime start) => rule.Until is { } until ? rule with { Until = UntilOf(until, start) } : rule;

    // RFC 5545, 3.3.10: UNTIL is a date where DTSTART is one, and in UTC where DTSTART has a zone. Users may give either.
    private static CalendarTime UntilOf(CalendarTime until, CalendarTime start)
    {
        if (start.IsDate)
            return CalendarTime.OfDate(until.Date);
        if (until.Kind == CalendarTimeKind.Utc || start.Kind == CalendarTimeKind.Floating)
            return until;
        var last = until.IsDate ? until.Date.At(LastSecond) : until.Local;
        // Near the end of the year 9999 the resolver stops at its last second.
        return CalendarTime.OfInstant(new ZoneResolver(DateTimeZone.Utc).ToInstant(CalendarTime.OfZoned(last, start.TimeZoneId ?? "UTC")));
    }
}
