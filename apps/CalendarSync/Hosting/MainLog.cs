namespace CalendarSync;

/// <summary>What the main server logs. No address of a feed and no text of a user.</summary>
internal static partial class MainLog
{
    [LoggerMessage(5001, LogLevel.Information, "Computed the instants of {EventCount} own events anew with time zone data {ZoneData}")]
    public static partial void ZonesRefreshed(this ILogger logger, int eventCount, string zoneData);

    [LoggerMessage(5002, LogLevel.Error, "The instants of own events could not be computed anew with time zone data {ZoneData}; it is tried again in a minute")]
    public static partial void ZonesNotRefreshed(this ILogger logger, string zoneData, Exception fault);
}
