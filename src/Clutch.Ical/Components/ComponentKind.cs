namespace Clutch.Ical.Components;

/// <summary>The components that RFC 5545, 3.6 defines; all others are <see cref="Other"/>.</summary>
public enum ComponentKind
{
    /// <summary>A component this library has no type for. It is kept and written again.</summary>
    Other,

    /// <summary>VCALENDAR.</summary>
    Calendar,

    /// <summary>VEVENT.</summary>
    Event,

    /// <summary>VTODO.</summary>
    ToDo,

    /// <summary>VJOURNAL.</summary>
    Journal,

    /// <summary>VFREEBUSY.</summary>
    FreeBusy,

    /// <summary>VTIMEZONE.</summary>
    TimeZone,

    /// <summary>VALARM.</summary>
    Alarm,

    /// <summary>STANDARD, inside a VTIMEZONE.</summary>
    Standard,

    /// <summary>DAYLIGHT, inside a VTIMEZONE.</summary>
    Daylight,
}
