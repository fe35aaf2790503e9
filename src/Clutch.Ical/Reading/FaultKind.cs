namespace Clutch.Ical.Reading;

/// <summary>What can be wrong with a feed.</summary>
public enum FaultKind
{
    /// <summary>A text longer than its limit was cut at the border of a character.</summary>
    ValueCut,

    /// <summary>A property longer than the limit for one line was left out: attachments in base64, mostly.</summary>
    PropertyTooLong,

    /// <summary>A line before, between or after the calendars.</summary>
    OutsideCalendar,

    /// <summary>DTEND is a date where DTSTART is a time, or the other way round; it was read as the start's type.</summary>
    MixedTimeTypes,

    /// <summary>Bytes that are no UTF-8 became U+FFFD.</summary>
    NotUtf8,

    /// <summary>An event without UID got one made of its content.</summary>
    NoUid,

    /// <summary>Two events with the same UID and RECURRENCE-ID: the one with the highest revision was kept.</summary>
    Duplicate,

    /// <summary>A rule that cannot be understood: the event is kept with its first instance only.</summary>
    InvalidRule,

    /// <summary>REFRESH-INTERVAL or X-PUBLISHED-TTL is no duration.</summary>
    BadHint,

    /// <summary>A TZID that neither the time zone database, nor Windows, nor the file itself defines.</summary>
    UnknownTimeZone,

    /// <summary>The end lies before the start; it was moved to the start.</summary>
    EndBeforeStart,

    /// <summary>Both DTEND and DURATION: DTEND was taken.</summary>
    EndAndDuration,

    /// <summary>A value that cannot be read was ignored: a date in an EXDATE, a duration.</summary>
    BadValue,

    /// <summary>More RDATE or EXDATE values than the limit, or more than 20 RRULE or EXRULE lines; the rest was ignored.</summary>
    TooManyDates,

    /// <summary>A line that is no content line was left out.</summary>
    BadLine,

    /// <summary>BEGIN and END do not match; an END closed up to its own BEGIN, or was ignored.</summary>
    Nesting,

    /// <summary>A component with more properties or bytes than the limit lost the rest of them.</summary>
    ComponentTooLarge,

    /// <summary>A component was left out, because it has no start that can be read.</summary>
    ComponentSkipped,

    /// <summary>Nothing at all.</summary>
    Empty,

    /// <summary>No BEGIN:VCALENDAR among the first lines.</summary>
    NotCalendar,

    /// <summary>No END:VCALENDAR: the rest is missing.</summary>
    Truncated,

    /// <summary>More bytes than the limit.</summary>
    TooLarge,

    /// <summary>More components than the limit.</summary>
    TooManyComponents,

    /// <summary>Components nested deeper than the limit.</summary>
    TooDeep,
}
