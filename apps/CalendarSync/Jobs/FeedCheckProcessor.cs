using Clutch.Items;
using Clutch.Relational;
using Microsoft.Extensions.Options;

namespace CalendarSync.Jobs;

/// <summary>Checks a chunk of feeds: all are asked at once, what is stored of those that answered with something new is read for many of them in one query, and then they are compared.</summary>
internal sealed class FeedCheckProcessor(FeedCheck check, ImportPace pace, RelationalDatabase database, IOptions<ImportOptions> options) : IItemProcessor<DueFeed, FeedSync>
{
    // Some 25 MB of keys and hashes.
    private const long MostKnownEvents = 100_000;

    /// <inheritdoc/>
    public async ValueTask ProcessAsync(ItemBatch<DueFeed, FeedSync> batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var fetched = new FetchedFeed?[batch.Count];
        try
        {
            await FetchAllAsync(batch, fetched, cancellationToken);
            await ConcludeAsync(batch, fetched, cancellationToken);
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

    private async Task ConcludeAsync(ItemBatch<DueFeed, FeedSync> batch, FetchedFeed?[] fetched, CancellationToken cancellationToken)
    {
        var heldBytes = 0L;
        for (var start = 0; start < fetched.Length;)
        {
            var end = EndOfGroup(fetched, start);
            heldBytes = await ConcludeGroupAsync(batch, fetched, start, end, heldBytes, cancellationToken);
            start = end;
        }
    }

    // As many feeds as have so many events stored, and one at least: their keys lie in memory together.
    private static int EndOfGroup(FetchedFeed?[] fetched, int start)
    {
        var end = start;
        var events = 0L;
        do events += StoredCount(fetched[end++]!);
        while (end < fetched.Length && events + StoredCount(fetched[end]!) <= MostKnownEvents);
        return end;
    }

    private static int StoredCount(FetchedFeed feed) => FeedCheck.NeedsReading(feed) ? feed.Due.Feed.EventCount : 0;

    private async Task<long> ConcludeGroupAsync(ItemBatch<DueFeed, FeedSync> batch, FetchedFeed?[] fetched, int start, int end, long heldBytes, CancellationToken cancellationToken)
    {
        // One feed may be as large as the limit allows; a chunk full of such feeds may not. Those left out stay due.
        var known = heldBytes > options.Value.ChunkBytes
            ? new Dictionary<long, KnownEvents>()
            : await KnownEvents.ReadAsync(database, [.. fetched[start..end].Where(feed => FeedCheck.NeedsReading(feed!)).Select(feed => feed!.Due.Feed)], cancellationToken);
        for (var i = start; i < end; i++)
        {
            var feed = fetched[i]!;
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

        return heldBytes;
    }

    private static long SizeOf(FeedChanges? changes) => changes is null
        ? 0
        : changes.Inserts.Concat(changes.Updates).Concat(changes.Rereads).Sum(imported => (long)imported.ComponentUtf8.Length)
            + 2L * ((changes.CustomZones?.Length ?? 0)
            + changes.Renames.Sum(renamed => (long)renamed.Component.Length)
            + changes.Deletes.Sum(gone => (long)gone.Uid.Length + gone.Instance.Length));
}
