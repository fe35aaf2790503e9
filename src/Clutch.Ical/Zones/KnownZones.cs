using System.Collections.Frozen;
using System.Globalization;
using System.Text.RegularExpressions;
using NodaTime;
using NodaTime.TimeZones;

namespace Clutch.Ical.Zones;

/// <summary>Zones that can be told from the TZID alone.</summary>
internal static partial class KnownZones
{
    // Far above any name of a zone; looking behind each slash of a line full of them would copy it once a slash.
    private const int LongestId = 255;

    // Outlook shows six; each costs a look at its changes.
    private const int MostPlaces = 10;

    // Outlook's list is younger; what a zone did before then shows in no name of it.
    private static readonly Instant OutlookFrom = Instant.FromUtc(1990, 1, 1, 0, 0);
    private static readonly Instant OutlookUntil = Instant.FromUtc(2038, 1, 1, 0, 0);

    private static readonly IDateTimeZoneProvider Database = DateTimeZoneProviders.Tzdb;

    private static readonly FrozenDictionary<string, string> WindowsNames =
        TzdbDateTimeZoneSource.Default.WindowsMapping.PrimaryMapping.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenDictionary<string, string> AnyCase =
        Database.Ids.DistinctBy(id => id.ToUpperInvariant(), StringComparer.Ordinal).ToFrozenDictionary(id => id, StringComparer.OrdinalIgnoreCase);

    /// <summary>Zones by their city, for Outlook shows its zones as lists of cities.</summary>
    private static readonly FrozenDictionary<string, string> Cities = Database.Ids
        .Where(id => id.Contains('/', StringComparison.Ordinal) && !id.StartsWith("Etc/", StringComparison.Ordinal))
        .GroupBy(id => id[(id.LastIndexOf('/') + 1)..].Replace('_', ' '), StringComparer.OrdinalIgnoreCase)
        .ToFrozenDictionary(group => group.Key, group => group.First(), StringComparer.OrdinalIgnoreCase);

    public static DateTimeZone? Find(string timeZoneId)
    {
        var id = timeZoneId.Trim().Trim('"');
        if (id.Length > LongestId) return null;
        return Database.GetZoneOrNull(id) ?? FindByPath(id) ?? FindByWindowsName(id) ?? FindByOffset(id);
    }

    /// <summary>The offset that Outlook shows before a zone it has no cities for; it knows no daylight saving, so it is the last resort.</summary>
    public static DateTimeZone? FindByDisplayedOffset(string timeZoneId) =>
        DisplayName().Match(timeZoneId.Trim()) is { Success: true } name && ShownOffset(name) is { } offset ? DateTimeZone.ForOffset(offset) : null;

    /// <summary>Looks behind prefixes: <c>/freeassociation.sourceforge.net/Asia/Seoul</c>, <c>/mozilla.org/20050126_1/Europe/Berlin</c>; and at any case.</summary>
    private static DateTimeZone? FindByPath(string id)
    {
        for (var rest = id; rest.Length > 0;)
        {
            if (AnyCase.TryGetValue(rest, out var known)) return Database[known];
            var slash = rest.IndexOf('/', StringComparison.Ordinal);
            // Only what begins with a slash has a prefix: "Mars/UTC" must not become UTC.
            if (slash < 0 || !id.StartsWith('/')) break;
            rest = rest[(slash + 1)..];
        }

        return null;
    }

    private static DateTimeZone? FindByWindowsName(string id)
    {
        if (id.StartsWith("tzone://Microsoft/", StringComparison.OrdinalIgnoreCase)) id = id["tzone://Microsoft/".Length..];
        if (WindowsNames.TryGetValue(id, out var mapped)) return Database.GetZoneOrNull(mapped);
        if (id.Equals("Utc", StringComparison.OrdinalIgnoreCase) || id is "Z" or "z") return DateTimeZone.Utc;
        return DisplayName().Match(id) is { Success: true } name && ShownOffset(name) is { } offset ? FindByPlaces(name.Groups["places"].Value, offset) : null;
    }

    /// <summary><c>Amsterdam, Berlin, Bern</c> or <c>Eastern Time (US &amp; Canada)</c>, as Outlook shows them.</summary>
    /// <remarks>Names of cities repeat over the world, and the offset beside them tells which is meant: "(UTC-07:00) La Paz, Mazatlan" lies in Mexico, not in Bolivia.</remarks>
    private static DateTimeZone? FindByPlaces(string places, Offset offset) =>
        places.Split(',', MostPlaces, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(FindByPlace).FirstOrDefault(zone => zone is not null && Keeps(zone, offset));

    private static DateTimeZone? FindByPlace(string place)
    {
        if (Cities.TryGetValue(place, out var city)) return Database[city];
        var name = place.Split('(')[0].Trim();
        return name.EndsWith(" Time", StringComparison.OrdinalIgnoreCase) && WindowsNames.TryGetValue($"{name[..^5]} Standard Time", out var mapped)
            ? Database.GetZoneOrNull(mapped)
            : null;
    }

    private static bool Keeps(DateTimeZone zone, Offset offset) => zone.GetZoneIntervals(OutlookFrom, OutlookUntil).Any(interval => interval.WallOffset == offset);

    // "(UTC) Coordinated Universal Time" shows none.
    private static Offset? ShownOffset(Match name) => name.Groups["offset"].ValueSpan is { Length: 3 } ? Offset.Zero : ReadOffset(name.Groups["offset"].Value);

    private static DateTimeZone? FindByOffset(string id) => ReadOffset(id) is { } offset ? DateTimeZone.ForOffset(offset) : null;

    private static Offset? ReadOffset(string id)
    {
        if (PlainOffset().Match(id) is not { Success: true } match) return null;

        var hours = int.Parse(match.Groups["hours"].Value, CultureInfo.InvariantCulture);
        var minutes = match.Groups["minutes"].Length > 0 ? int.Parse(match.Groups["minutes"].Value, CultureInfo.InvariantCulture) : 0;
        if (hours > 14 || minutes > 59) return null;
        return Offset.FromSeconds(((hours * 60) + minutes) * (match.Groups["sign"].ValueSpan is "-" ? -60 : 60));
    }

    [GeneratedRegex(@"^(?:GMT|UTC)? ?(?<sign>[+-])(?<hours>[0-9]{1,2}):?(?<minutes>[0-9]{2})?$", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex PlainOffset();

    [GeneratedRegex(@"^\((?<offset>(?:UTC|GMT)(?:[+-][0-9]{1,2}:?[0-9]{2})?)\) ?(?<places>.*)$", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex DisplayName();
}
