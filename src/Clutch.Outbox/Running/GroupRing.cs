using Clutch.Outbox.Channels;
using Clutch.Outbox.Protocol;
using Clutch.Outbox.Storage;

namespace Clutch.Outbox.Running;

/// <summary>Groups take turns, and so do what is due again and what is new: one with a million messages, or a thousand that fail, delays another that waits by one submission at most.</summary>
internal sealed class GroupRing(OutboxStore store, Channel channel, GroupLoads loads, TimeProvider timeProvider, string owner)
{
    private readonly Queue<string> _groups = new();
    private readonly Queue<string> _dueGroups = new();
    private bool _isTurnOfDue;
    private long _lookedAt;

    // Often enough to get over one large message within minutes, seldom enough that a target with a firm limit refuses one request of many.
    private const int FullBeforeGrowth = 32;

    private readonly Lock _lock = new();

    /// <summary>The largest submission the target takes, as far as is known: halved when it says a request is too large, doubled after many full ones that it took.</summary>
    private int _largest = int.MaxValue;
    private int _fullCount;

    /// <summary>What is due to be sent again and a new submission in turn, each of the next group; null where nothing is due.</summary>
    public async ValueTask<ClaimedSubmission?> ClaimAsync(ChannelOptions options, CancellationToken cancellationToken)
    {
        _isTurnOfDue = !_isTurnOfDue;
        return _isTurnOfDue
            ? await ClaimDueAsync(options, cancellationToken) ?? await ClaimNewAsync(options, cancellationToken)
            : await ClaimNewAsync(options, cancellationToken) ?? await ClaimDueAsync(options, cancellationToken);
    }

    /// <summary>The target refused a submission for its size. The parts it was split into teach nothing: one of them holds the large message, if it was only one.</summary>
    public void TooLarge(SubmissionFacts facts)
    {
        if (facts.SplitDepth > 0 || facts.ItemCount == 1)
            return;
        lock (_lock)
        {
            _largest = Math.Min(_largest, facts.ItemCount / 2);
            _fullCount = 0;
        }
    }

    /// <summary>The target took a submission.</summary>
    public void Taken(SubmissionFacts facts)
    {
        lock (_lock)
        {
            if (_largest == int.MaxValue || facts.ItemCount < _largest || ++_fullCount < FullBeforeGrowth)
                return;
            _largest = _largest > int.MaxValue / 2 ? int.MaxValue : _largest * 2;
            _fullCount = 0;
        }
    }

    private int Limit(ChannelOptions options)
    {
        lock (_lock)
            return Math.Min(options.BatchSize, _largest);
    }

    private async ValueTask<ClaimedSubmission?> ClaimDueAsync(ChannelOptions options, CancellationToken cancellationToken)
    {
        if (await ClaimNextDueAsync(options, cancellationToken) is { } due)
            return due;
        foreach (var group in await store.ListDueGroupsAsync(channel.Name, cancellationToken))
            _dueGroups.Enqueue(group);
        return await ClaimNextDueAsync(options, cancellationToken);
    }

    // Each group once a look: what else is due of it waits until the others had their turn.
    private async ValueTask<ClaimedSubmission?> ClaimNextDueAsync(ChannelOptions options, CancellationToken cancellationToken)
    {
        while (_dueGroups.TryDequeue(out var group))
        {
            if (!loads.IsFull(group) && await store.ClaimDueAsync(channel.Name, group, options, owner, cancellationToken) is { } due)
                return due;
        }

        return null;
    }

    private async ValueTask<ClaimedSubmission?> ClaimNewAsync(ChannelOptions options, CancellationToken cancellationToken)
    {
        // A ring with a group that always has more never runs out, and who came later is not in it.
        if (timeProvider.GetElapsedTime(_lookedAt) < options.IdleInterval && await ClaimNextAsync(options, cancellationToken) is { } claimed)
            return claimed;
        await LookAsync(options, cancellationToken);
        return await ClaimNextAsync(options, cancellationToken);
    }

    private async ValueTask LookAsync(ChannelOptions options, CancellationToken cancellationToken)
    {
        var ready = await store.ListReadyGroupsAsync(channel.Name, Limit(options), channel.TakeLinger(), cancellationToken);
        _lookedAt = timeProvider.GetTimestamp();
        foreach (var group in ready.Except(_groups, StringComparer.Ordinal).ToList())
            _groups.Enqueue(group);
    }

    private async ValueTask<ClaimedSubmission?> ClaimNextAsync(ChannelOptions options, CancellationToken cancellationToken)
    {
        while (_groups.TryDequeue(out var group))
        {
            var limit = Limit(options);
            if (loads.IsFull(group) || await store.ClaimAsync(channel.Name, group, limit, options, owner, cancellationToken) is not { } claimed)
                continue;
            // It may have more: back to the end of the ring. What is left of another is found by the next look.
            if (claimed.Facts.ItemCount == limit)
                _groups.Enqueue(group);
            return claimed;
        }

        return null;
    }
}
