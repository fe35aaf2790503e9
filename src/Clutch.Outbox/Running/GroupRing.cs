using Clutch.Outbox.Channels;
using Clutch.Outbox.Storage;

namespace Clutch.Outbox.Running;

/// <summary>Groups take turns: a group with a million messages delays another by one submission at most.</summary>
internal sealed class GroupRing(OutboxStore store, Channel channel, string owner)
{
    private readonly Queue<string> _groups = new();

    /// <summary>The largest submission the target takes, as far as is known: halved when it says a request is too large.</summary>
    private volatile int _largest = int.MaxValue;

    /// <summary>What is due to be sent again first, then a new submission of the next group; null where nothing is due.</summary>
    public async ValueTask<ClaimedSubmission?> ClaimAsync(ChannelOptions options, CancellationToken cancellationToken)
    {
        if (await store.ClaimDueAsync(channel.Name, options, owner, cancellationToken) is { } due)
            return due;
        if (await ClaimNextAsync(options, cancellationToken) is { } claimed)
            return claimed;
        foreach (var group in await store.ListReadyGroupsAsync(channel.Name, Limit(options), channel.TakeLinger(), cancellationToken))
            _groups.Enqueue(group);
        return await ClaimNextAsync(options, cancellationToken);
    }

    public void TooLarge(int itemCount) => _largest = Math.Max(1, Math.Min(_largest, itemCount / 2));

    private int Limit(ChannelOptions options) => Math.Min(options.BatchSize, _largest);

    private async ValueTask<ClaimedSubmission?> ClaimNextAsync(ChannelOptions options, CancellationToken cancellationToken)
    {
        while (_groups.TryDequeue(out var group))
        {
            var limit = Limit(options);
            if (await store.ClaimAsync(channel.Name, group, limit, options, owner, cancellationToken) is not { } claimed)
                continue;
            // It may have more: back to the end of the ring. What is left of another is found by the next look.
            if (claimed.Facts.ItemCount == limit)
                _groups.Enqueue(group);
            return claimed;
        }

        return null;
    }
}
