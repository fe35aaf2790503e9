using Clutch.Ical.Components;
using Clutch.Ical.Occurrences;
using Clutch.Ical.Values;
using Clutch.Ical.Zones;
using NodaTime.Text;

namespace CalendarSync.Events;

/// <summary>When an event takes place, as it is stored: wall clock and zone, and the instants that follow from them.</summary>
/// <remarks>A date and a floating time have no instants: those depend on who looks.</remarks>
internal sealed record EventTimes
{
    private static readonly LocalDateTimePattern DatePattern = LocalDateTimePattern.CreateWithInvariantCulture("uuuu'-'MM'-'dd");
    private static readonly LocalDateTimePattern TimePattern = LocalDateTimePattern.CreateWithInvariantCulture("uuuu'-'MM'-'dd'T'HH':'mm':'ss");

    /// <summary>Whether the times are dates.</summary>
    public required bool IsAllDay { get; init; }

    /// <summary><c>2026-03-02</c> or <c>2026-03-02T09:00:00</c>.</summary>
    public required string StartLocal { get; init; }

    /// <summary>The end, exclusive.</summary>
    public required string EndLocal { get; init; }

    /// <summary>TZID, <c>UTC</c> for an instant, null for a date or a floating time.</summary>
    public string? TimeZone { get; init; }

    /// <summary>The instant of the start, or null for a date or a floating time.</summary>
    public DateTimeOffset? StartUtc { get; init; }

    /// <summary>The instant of the end, likewise.</summary>
    public DateTimeOffset? EndUtc { get; init; }

    /// <summary>The times of an event; null when it has no start that can be read.</summary>
    public static EventTimes? Of(CalendarEvent single, ZoneResolver zones) => EventSpan.Of(single, zones) is { } span ? Of(span) : null;

    /// <summary>The times of an event whose span is known.</summary>
    public static EventTimes Of(EventSpan span)
    {
        var (startUtc, endUtc) = InstantsOf(span);
        return new()
        {
            IsAllDay = span.Start.IsDate,
            StartLocal = Text(span.Start),
            EndLocal = Text(span.End),
            TimeZone = ZoneOf(span.Start),
            StartUtc = startUtc,
            EndUtc = endUtc,
        };
    }

    /// <summary><see cref="StartUtc"/> and <see cref="EndUtc"/> of a span.</summary>
    public static (DateTimeOffset? Start, DateTimeOffset? End) InstantsOf(EventSpan span) => span.Start.Kind is CalendarTimeKind.Utc or CalendarTimeKind.Zoned
        ? (span.StartInstant.ToDateTimeOffset(), span.EndInstant.ToDateTimeOffset())
        : (null, null);

    /// <summary><see cref="TimeZone"/> of a start.</summary>
    public static string? ZoneOf(CalendarTime start) => start.Kind == CalendarTimeKind.Utc ? "UTC" : start.TimeZoneId;

    /// <summary>The wall-clock value in ISO form, without its zone.</summary>
    public static string Text(CalendarTime time) => (time.IsDate ? DatePattern : TimePattern).Format(time.Local);
}
