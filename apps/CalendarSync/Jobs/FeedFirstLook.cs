using CalendarSync.Feeds;
using CalendarSync.Subscriptions;
using Clutch.Ical.Components;
using Clutch.Ical.Reading;
using Microsoft.Extensions.Options;

namespace CalendarSync.Jobs;

/// <summary>Looks at a calendar before somebody subscribes to it.</summary>
internal sealed class FeedFirstLook(FeedFetcher fetcher, HostMemory hosts, OutboundGuard guard, IOptions<FeedOptions> options) : IFirstLook
{
    private const string NotNow = "The calendar's server is left alone for the moment: it asked for that, or others wait for it. Please try again later.";

    /// <inheritdoc/>
    public async Task<FirstLook> LookAsync(Uri address, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (!FeedAddress.TryParse(address.OriginalString, guard, out var feed, out var problem)) return new() { Problem = problem };

        // The import knows which hosts asked for a pause; this process has asked none of them.
        await hosts.RecallAsync(cancellationToken);
        var outcome = await fetcher.FetchAsync(new FetchRequest { Address = feed }, cancellationToken);
        if (outcome is FetchOutcome.PutOff) return new() { Problem = NotNow };
        if (outcome is not FetchOutcome.Fetched fetched) return new() { Problem = OutcomeWords.For(OutcomeWords.Of(outcome), TimeSpan.Zero) };
        using var body = fetched.Content;
        return await ReadAsync(fetched, cancellationToken);
    }

    private async Task<FirstLook> ReadAsync(FetchOutcome.Fetched fetched, CancellationToken cancellationToken)
    {
        var events = 0;
        var scan = new CalendarScan(Count, new ReadOptions { Charset = Charset.Find(fetched.Charset), Limits = new ReadLimits { BodyBytes = options.Value.MaxBodyBytes } });
        await fetched.Content.FeedAsync(scan, cancellationToken);
        var result = scan.Complete();
        return result.Verdict == ReadVerdict.Reject
            ? new() { Problem = OutcomeWords.For(FeedCheck.RefusalOf(result, fetched), TimeSpan.Zero) }
            : new() { EventCount = events, DisplayName = result.Calendars.Select(calendar => calendar.DisplayName).FirstOrDefault(name => name is not null) };

        void Count(in ScannedComponent component) => events += component.Kind == ComponentKind.Event ? 1 : 0;
    }
}
