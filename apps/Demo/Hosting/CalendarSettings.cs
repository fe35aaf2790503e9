namespace Demo.Hosting;

/// <summary>How the calendar service treats its one host here, the simulators; towards the internet its defaults are politer and slower.</summary>
internal static class CalendarSettings
{
    public static IReadOnlyDictionary<string, string?> All { get; } = new Dictionary<string, string?>(StringComparer.Ordinal)
    {
        ["Calendar:Outbound:Allow:0"] = "127.0.0.1:*",
        ["Calendar:Import:FeedsPerSecond"] = "0",
        ["Calendar:Feeds:DefaultHost:MinGap"] = "00:00:00",
        ["Calendar:Feeds:DefaultHost:MaxConnections"] = "32",
        // All feeds live on one host here, so failures in a row say nothing of the host.
        ["Calendar:Feeds:DefaultHost:BreakAfter"] = "1000",
        // Few people subscribe to many calendars within seconds here.
        ["Calendar:Main:FirstLooksPerUser"] = "1000000",
        ["Calendar:Main:FirstLooksAtOnce"] = "1000",
        // A feed that failed is looked at again after seconds: by default it would be a quarter of an hour.
        ["Calendar:Import:MinInterval"] = "00:00:02",
    };
}
