using System.Diagnostics;
using System.Globalization;
using CalendarSync.Feeds;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Clutch.Benchmarks.Calendar;

/// <summary>Fetches all feeds and throws them away, with the import's own client and its limits, in a process of its own: what an import is measured against.</summary>
internal static class GuardedFetch
{
    /// <summary>What <c>CALENDAR-FETCH url count</c> on the command line means: prints the seconds from the first request to the last body.</summary>
    public static async Task<int> RunAsync(string url, int feeds)
    {
        var services = new ServiceCollection().AddSingleton<IConfiguration>(new ConfigurationBuilder().AddEnvironmentVariables().Build()).AddLogging();
        services.TryAddSingleton(TimeProvider.System);
        services.AddCalendarFeeds();
        await using var provider = services.BuildServiceProvider();
        var (fetcher, guard) = (provider.GetRequiredService<FeedFetcher>(), provider.GetRequiredService<OutboundGuard>());
        var startedAt = Stopwatch.GetTimestamp();
        // More than the fetcher lets through: it is its own limit that counts.
        await Parallel.ForEachAsync(Enumerable.Range(1, feeds), new ParallelOptions { MaxDegreeOfParallelism = 200 }, async (feed, cancellationToken) =>
        {
            var address = FeedAddress.TryParse($"{url}calendars/feeds/{feed.ToString(CultureInfo.InvariantCulture)}.ics", guard, out var parsed, out var problem) ? parsed : throw new InvalidOperationException(problem);
            var outcome = await fetcher.FetchAsync(new FetchRequest { Address = address }, cancellationToken);
            if (outcome is not FetchOutcome.Fetched { Content: var body }) throw new InvalidOperationException($"Feed {feed} answered {outcome.GetType().Name}.");
            body.Dispose();
        });
        Console.WriteLine(Stopwatch.GetElapsedTime(startedAt).TotalSeconds.ToString(CultureInfo.InvariantCulture));
        return 0;
    }
}
