using CalendarSync.Feeds;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the fetching of feeds.</summary>
internal static class FeedsServices
{
    /// <summary>The guarded fetcher, with its options at <c>Calendar:Feeds</c> and <c>Calendar:Outbound</c>.</summary>
    public static IServiceCollection AddCalendarFeeds(this IServiceCollection services)
    {
        services.AddOptions<FeedOptions>().BindConfiguration("Calendar:Feeds").ValidateOnStart();
        services.AddOptions<OutboundOptions>().BindConfiguration("Calendar:Outbound").ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<FeedOptions>, FeedOptionsValidator>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<OutboundOptions>, OutboundOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IHostResolver, SystemHostResolver>();
        services.TryAddSingleton<OutboundGuard>();
        services.TryAddSingleton<HostGates>();
        services.TryAddSingleton<FeedFetcher>();
        return services;
    }
}
