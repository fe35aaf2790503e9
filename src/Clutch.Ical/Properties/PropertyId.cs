namespace Clutch.Ical.Properties;

/// <summary>The properties the library itself looks at: one byte to compare instead of a name.</summary>
internal enum PropertyId : byte
{
    Other, Begin, End,
    Uid, DtStamp, DtStart, DtEnd, Due, Duration, RecurrenceRule, ExceptionRule, RecurrenceDate, ExceptionDate, RecurrenceId,
    Sequence, LastModified, Created, Completed,
    Summary, Description, Location, Comment, Contact, Categories, Resources,
    Status, Transparency, Class, Priority, PercentComplete, Geo, Url, Organizer, Attendee, Attach, RelatedTo, RequestStatus,
    Action, Trigger, Repeat, FreeBusy,
    TimeZoneId, TimeZoneUrl, TimeZoneName, OffsetFrom, OffsetTo,
    Version, ProductId, CalendarScale, Method,
    Name, Color, Image, Source, RefreshInterval, Conference,
    PublishedTtl, CalendarName, CalendarDescription, CalendarTimeZone,
}
