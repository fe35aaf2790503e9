using System.Text;
using Clutch.Ical.Components;
using Clutch.Ical.Reading;
using Clutch.Ical.Writing;
using Clutch.Ical.Zones;
using NodaTime;

namespace CalendarSync.Jobs;

/// <summary>The time zones that a feed defines and that their names alone do not tell: what is kept of them, for those who look at its events later.</summary>
internal sealed class FeedZones
{
    // As many as a resolver takes.
    private const int MostZones = 100;

    // A line for each change since 1970 takes 10 KB. All of it is read with each page that shows events of the feed.
    private const int MostCharacters = 256 * 1_024;

    private static readonly HashSet<string> Defining = new(StringComparer.OrdinalIgnoreCase) { "DTSTART", "RRULE", "RDATE", "TZOFFSETFROM", "TZOFFSETTO", "TZNAME" };

    private readonly ZoneResolver _database = new(DateTimeZone.Utc);
    private readonly HashSet<string> _ids = new(StringComparer.OrdinalIgnoreCase);
    private readonly StringBuilder _text = new();

    /// <summary>What they are called.</summary>
    public IReadOnlyCollection<string> Ids => _ids;

    /// <summary>Keeps a zone that is the first of its name, unless there are too many or too long ones already.</summary>
    public void Keep(in ScannedComponent component)
    {
        if (_ids.Count == MostZones || component.ToComponent() is not CalendarTimeZone { TimeZoneId: { Length: > 0 } id } zone) return;
        // Needed where the feed itself finds another zone than its name alone tells, such as the offset that Outlook shows.
        if (Equals(component.Zones.FindZone(id), _database.FindZone(id)) || !_ids.Add(id)) return;

        var text = Encoding.UTF8.GetString(CalendarWriter.ToBytes(DefinitionOf(zone)));
        if (_text.Length + text.Length <= MostCharacters) _text.Append(text);
    }

    /// <summary>Those that are kept, as text: empty where there are none.</summary>
    public override string ToString() => _text.ToString();

    private static CalendarTimeZone DefinitionOf(CalendarTimeZone zone)
    {
        var definition = new CalendarTimeZone { TimeZoneId = zone.TimeZoneId };
        foreach (var observance in zone.Observances) definition.Add(DefinitionOf(observance));
        return definition;
    }

    private static CalendarComponent DefinitionOf(CalendarComponent observance)
    {
        var definition = new CalendarComponent(observance.Name);
        foreach (var property in observance.Properties.Where(property => Defining.Contains(property.Name))) definition.Add(property);
        return definition;
    }
}
