using Clutch.Ical.Properties;

namespace Clutch.Ical.Components;

/// <summary>A time zone as a file defines it (RFC 5545, 3.6.5). <see cref="Zones.ZoneResolver"/> makes a usable zone of it.</summary>
public sealed class CalendarTimeZone : CalendarComponent
{
    /// <summary>An empty definition. RFC 5545 wants <see cref="TimeZoneId"/> and at least one STANDARD or DAYLIGHT inside.</summary>
    public CalendarTimeZone() : base(ComponentKind.TimeZone) { }

    internal CalendarTimeZone(PropertyList properties) : base(ComponentNames.NameOf(ComponentKind.TimeZone), ComponentKind.TimeZone, properties) { }

    /// <summary>TZID (3.8.3.1): the name by which the other components call it, or null.</summary>
    public string? TimeZoneId { get => TextOf(PropertyId.TimeZoneId)?.Trim(); set => SetText(PropertyId.TimeZoneId, value); }

    /// <summary>The STANDARD and DAYLIGHT parts.</summary>
    public IEnumerable<CalendarComponent> Observances => Components.Where(component => component.Kind is ComponentKind.Standard or ComponentKind.Daylight);
}
