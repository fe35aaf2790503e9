namespace CalendarSync.Hosting;

/// <summary>Keeps addresses of export feeds out of the log: whoever reads the log must not read calendars.</summary>
internal static class SecretPaths
{
    // These write the path of every request at Information or below, before any middleware could shorten it.
    private static readonly string[] TellingCategories =
    [
        "Microsoft.AspNetCore.Hosting.Diagnostics",
        "Microsoft.AspNetCore.Routing.Matching.DfaMatcher",
        "Microsoft.AspNetCore.Routing.EndpointMiddleware",
        "Microsoft.AspNetCore.Routing.EndpointRoutingMiddleware",
        "Microsoft.AspNetCore.HostFiltering.HostFilteringMiddleware",
        "Microsoft.AspNetCore.Server.Kestrel",
    ];

    /// <summary>Silences them up to Warning, whatever the configuration says: rules added last win.</summary>
    public static void KeepFromLog(ILoggingBuilder logging) => logging.Services.PostConfigure<LoggerFilterOptions>(options =>
    {
        foreach (var category in TellingCategories)
            options.Rules.Add(new(providerName: null, category, LogLevel.Warning, filter: null));
    });
}
