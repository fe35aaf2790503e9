using NodaTime;

namespace CalendarSync.Accounts;

/// <summary>The zones users may live in: those of the IANA database.</summary>
internal static class TimeZones
{
    /// <summary>Whether there is such a zone.</summary>
    public static bool Exists(string id) => DateTimeZoneProviders.Tzdb.GetZoneOrNull(id) is not null;

    /// <summary>A zone that was checked when it was stored; UTC should a later database have dropped it.</summary>
    public static DateTimeZone Get(string id) => DateTimeZoneProviders.Tzdb.GetZoneOrNull(id) ?? DateTimeZone.Utc;

    /// <summary>Which data the instants of stored events were computed with.</summary>
    public static string DataVersion => DateTimeZoneProviders.Tzdb.VersionId;

    /// <summary>All ids, to choose from.</summary>
    public static IReadOnlyList<string> Ids => DateTimeZoneProviders.Tzdb.Ids;
}
