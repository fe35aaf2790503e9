namespace CalendarSync.Hosting;

/// <summary>Keeps addresses of export feeds out of the log: whoever reads the log must not read calendars.</summary>
internal static class SecretPaths
{
    // Where this one may say anything at all, it puts the path of the request around every line that is logged meanwhile, as a scope.
    private const string ScopeCategory = "Microsoft.AspNetCore.Hosting.Diagnostics";

    // These write the path of every request at Information or below, before any middleware could shorten it.
    private static readonly string[] TellingCategories =
    [
        "Microsoft.AspNetCore.Routing.Matching.DfaMatcher",
        "Microsoft.AspNetCore.Routing.EndpointMiddleware",
        "Microsoft.AspNetCore.Routing.EndpointRoutingMiddleware",
        "Microsoft.AspNetCore.HostFiltering.HostFilteringMiddleware",
        "Microsoft.AspNetCore.Server.Kestrel",
    ];

    /// <summary>Silences the first whole and the others up to Warning, whatever the configuration says.</summary>
    /// <remarks>Rules added last win, but one for a single provider wins over one for all: so each provider that the configuration names gets its own.</remarks>
    public static void KeepFromLog(ILoggingBuilder logging) => logging.Services.PostConfigure<LoggerFilterOptions>(options =>
    {
        foreach (var provider in options.Rules.Select(rule => rule.ProviderName).Append(null).Distinct(StringComparer.Ordinal).ToArray())
        {
            options.Rules.Add(new(provider, ScopeCategory, LogLevel.None, filter: null));
            foreach (var category in TellingCategories)
                options.Rules.Add(new(provider, category, LogLevel.Warning, filter: null));
        }
    });
}
