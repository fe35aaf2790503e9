using Clutch.Items;
using Clutch.Relational;
using Microsoft.Extensions.Options;

namespace CalendarSync.Jobs;

/// <summary>Checks a chunk of feeds: all are asked at once, what is stored of those that answered with something new is read in one query, and then they are compared.</summary>
internal sealed class FeedCheckProcessor(FeedCheck check, ImportPace pace, RelationalDatabase database, IOptions<ImportOptions> options) : IItemProcessor<DueFeed, FeedSync>
{
    /// <inheritdoc/>
    public async ValueTask ProcessAsync(ItemBatch<DueFeed, FeedSync> batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var fetched = new FetchedFeed?[batch.Count];
        try
        {
            await FetchAllAsync(batch, fetched, cancellationToken);
            var known = await KnownEvents.ReadAsync(database, fetched.Where(feed => FeedCheck.NeedsReading(feed!)).Select(feed => feed!.Due.Feed.Id), cancellationToken);
            await ConcludeAsync(batch, fetched, known, cancellationToken);
        }
        finally
        {
            foreach (var feed in fetched) feed?.Dispose();
        }
    }

    private async Task FetchAllAsync(ItemBatch<DueFeed, FeedSync> batch, FetchedFeed?[] fetched, CancellationToken cancellationToken)
    {
        var fetches = new Task[batch.Count];
        for (var i = 0; i < fetches.Length; i++) fetches[i] = FetchAsync(i, batch[i]);
        await Task.WhenAll(fetches);

        async Task FetchAsync(int index, DueFeed due)
        {
            await pace.WaitAsync(cancellationToken);
            fetched[index] = await check.FetchAsync(due, cancellationToken);
        }
    }

    private async Task ConcludeAsync(ItemBatch<DueFeed, FeedSync> batch, FetchedFeed?[] fetched, IReadOnlyDictionary<long, KnownEvents> known, CancellationToken cancellationToken)
    {
        var heldBytes = 0L;
        for (var i = 0; i < fetched.Length; i++)
        {
            var feed = fetched[i]!;
            // One feed may be as large as the limit allows; a chunk full of such feeds may not. Those left out stay due.
            if (heldBytes > options.Value.ChunkBytes && FeedCheck.NeedsReading(feed))
            {
                batch.Filter(i);
                continue;
            }

            var sync = await check.ConcludeAsync(feed, known.GetValueOrDefault(feed.Due.Feed.Id), cancellationToken);
            heldBytes += SizeOf(sync.Changes);
            batch.Keep(i, sync);
            feed.Dispose();
        }
    }

    private static long SizeOf(FeedChanges? changes) =>
        changes is null ? 0 : 2L * (changes.CustomZones?.Length ?? 0) + changes.Inserts.Concat(changes.Updates).Sum(imported => 2L * imported.Component.Length);
}
