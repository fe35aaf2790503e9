using Clutch.Ical.Properties;
using Clutch.Ical.Values;

namespace Clutch.Ical.Components;

/// <summary>A calendar: what stands between BEGIN:VCALENDAR and END:VCALENDAR (RFC 5545, 3.4), with the properties of RFC 7986.</summary>
public sealed class Calendar : CalendarComponent
{
    /// <summary>An empty calendar of VERSION 2.0.</summary>
    /// <param name="productId">PRODID (3.7.3): who writes it, as in <c>-//Example Corp//Feed 1.0//EN</c>.</param>
    public Calendar(string productId) : base(ComponentKind.Calendar)
    {
        ArgumentException.ThrowIfNullOrEmpty(productId);
        SetRaw(PropertyId.Version, "2.0");
        SetText(PropertyId.ProductId, productId);
    }

    internal Calendar(PropertyList properties) : base(ComponentNames.NameOf(ComponentKind.Calendar), ComponentKind.Calendar, properties) { }

    /// <summary>PRODID (3.7.3), or null when the file gave none.</summary>
    public string? ProductId { get => TextOf(PropertyId.ProductId); set => SetText(PropertyId.ProductId, value); }

    /// <summary>VERSION (3.7.4), or null when the file gave none.</summary>
    public string? Version { get => RawOf(PropertyId.Version); set => SetRaw(PropertyId.Version, value); }

    /// <summary>METHOD (3.7.2) in capitals, or null.</summary>
    public string? Method { get => KeywordOf(PropertyId.Method); set => SetRaw(PropertyId.Method, value); }

    /// <summary>Its name: NAME (RFC 7986, 5.1), else X-WR-CALNAME, or null. Setting it writes both, for few programs read the first.</summary>
    public string? DisplayName
    {
        get => TextOf(PropertyId.Name) ?? TextOf(PropertyId.CalendarName);
        set
        {
            SetText(PropertyId.Name, value);
            SetText(PropertyId.CalendarName, value);
        }
    }

    /// <summary>What it is about: DESCRIPTION (RFC 7986, 5.2), else X-WR-CALDESC, or null. Setting it writes both.</summary>
    public string? Description
    {
        get => TextOf(PropertyId.Description) ?? TextOf(PropertyId.CalendarDescription);
        set
        {
            SetText(PropertyId.Description, value);
            SetText(PropertyId.CalendarDescription, value);
        }
    }

    /// <summary>COLOR (RFC 7986, 5.9): a CSS3 colour name, or null.</summary>
    public string? Color { get => TextOf(PropertyId.Color); set => SetText(PropertyId.Color, value); }

    /// <summary>SOURCE (RFC 7986, 5.8): where it can be fetched again, or null.</summary>
    public string? Source
    {
        get => RawOf(PropertyId.Source);
        set => SetOrRemove(PropertyId.Source, value is null ? null : CalendarProperty.OfRaw("SOURCE", value, new PropertyParameter("VALUE", "URI")));
    }

    /// <summary>X-WR-TIMEZONE: the zone its floating times were probably meant in, or null. A hint, no more.</summary>
    public string? TimeZoneHint { get => TextOf(PropertyId.CalendarTimeZone); set => SetText(PropertyId.CalendarTimeZone, value); }

    /// <summary>How often to fetch it again: REFRESH-INTERVAL (RFC 7986, 5.7), else X-PUBLISHED-TTL, or null when absent or broken. Setting it writes both.</summary>
    public CalendarDuration? RefreshInterval
    {
        get => PositiveDurationOf(PropertyId.RefreshInterval) ?? PositiveDurationOf(PropertyId.PublishedTtl);
        set
        {
            SetOrRemove(PropertyId.RefreshInterval,
                value is { } interval ? CalendarProperty.OfDuration("REFRESH-INTERVAL", interval, new PropertyParameter("VALUE", "DURATION")) : null);
            SetDuration(PropertyId.PublishedTtl, value);
        }
    }

    /// <summary>The events directly inside it, overrides of single instances included.</summary>
    public IEnumerable<CalendarEvent> Events => Components.OfType<CalendarEvent>();

    /// <summary>The tasks directly inside it.</summary>
    public IEnumerable<CalendarToDo> ToDos => Components.OfType<CalendarToDo>();

    /// <summary>The journal entries directly inside it.</summary>
    public IEnumerable<CalendarJournal> Journals => Components.OfType<CalendarJournal>();

    /// <summary>The free/busy reports directly inside it.</summary>
    public IEnumerable<CalendarFreeBusy> FreeBusyReports => Components.OfType<CalendarFreeBusy>();

    /// <summary>The time zones it defines.</summary>
    public IEnumerable<CalendarTimeZone> TimeZones => Components.OfType<CalendarTimeZone>();

    /// <summary>Puts time zones first and the rest in order of start, then UID, then instance: the same data then give the same bytes, whatever order they came in.</summary>
    public void SortComponents() => SortComponents(ComponentOrder.Compare);

    private CalendarDuration? PositiveDurationOf(PropertyId id) => DurationOf(id) is { IsNegative: false } duration && duration != default ? duration : null;
}
