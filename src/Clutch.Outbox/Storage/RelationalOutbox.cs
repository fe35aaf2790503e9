using System.Collections.Concurrent;
using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using Clutch.Outbox.Channels;
using Clutch.Outbox.Protocol;
using Clutch.Outbox.Running;
using Clutch.Outbox.Telemetry;
using Clutch.Relational;

namespace Clutch.Outbox.Storage;

/// <summary>Takes messages into the tables, in the caller's transaction.</summary>
internal sealed class RelationalOutbox(OutboxStore store, ChannelDirectory channels, WakeUp wakeUp, TimeProvider timeProvider) : IOutbox
{
    // PostgreSQL takes a lock of the whole database for a commit with a call in it. Whoever is woken looks often for half a second, and so sees what came without one.
    private static readonly TimeSpan CallEvery = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<string, long> _calls = new(StringComparer.Ordinal);

    public ValueTask<EnqueueResult> EnqueueAsync(IRelationalChunk chunk, ReadOnlyMemory<OutboxMessage> messages, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        return EnqueueAsync(chunk.Connection, messages, cancellationToken);
    }

    public ValueTask<EnqueueResult> EnqueueAsync(RelationalSession session, ReadOnlyMemory<OutboxMessage> messages, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(session);
        if (session.Transaction is null)
            throw new ArgumentException("The session has no open transaction. Begin one: messages belong to the change they tell of.", nameof(session));
        return EnqueueAsync(session.Connection, messages, cancellationToken);
    }

    public ValueTask<EnqueueResult> EnqueueAsync(DbTransaction transaction, ReadOnlyMemory<OutboxMessage> messages, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        return EnqueueAsync(
            transaction.Connection ?? throw new ArgumentException("The transaction is over: messages belong to the change they tell of.", nameof(transaction)),
            messages,
            cancellationToken);
    }

    public void Wake(string channel) => wakeUp.Wake(channel);

    public void Flush(string channel)
    {
        channels.Get(channel).Flush();
        wakeUp.Wake(channel);
    }

    private async ValueTask<EnqueueResult> EnqueueAsync(DbConnection connection, ReadOnlyMemory<OutboxMessage> messages, CancellationToken cancellationToken)
    {
        if (messages.IsEmpty)
            return default;
        var entries = Together(Enter(messages));
        var result = await store.EnqueueAsync(connection, entries, cancellationToken);
        OutboxMetrics.Enqueued(entries[0].Message.Channel, result);
        OutboxMetrics.MessagesEnded(entries[0].Message.Channel, nameof(MessageState.Superseded), result.CoalescedCount);
        // Not committed yet: the relay looks soon and often for a while.
        foreach (var channel in entries.Select(static entry => entry.Message.Channel).Distinct(StringComparer.Ordinal))
        {
            wakeUp.Wake(channel);
            await CallAsync(connection, channel, cancellationToken);
        }

        return result;
    }

    // Processes hear it when the transaction is committed.
    private async ValueTask CallAsync(DbConnection connection, string channel, CancellationToken cancellationToken)
    {
        var now = timeProvider.GetTimestamp();
        if (wakeUp.HasRelay(channel) || (_calls.TryGetValue(channel, out var last) && timeProvider.GetElapsedTime(last, now) < CallEvery))
            return;
        _calls[channel] = now;
        await store.CallAsync(connection, ChannelLoops.CallOf(channel), cancellationToken);
    }

    private List<EnqueuedMessage> Enter(ReadOnlyMemory<OutboxMessage> messages)
    {
        var newest = new Dictionary<(string Channel, string Group, string Key), long>();
        foreach (var message in messages.Span)
        {
            Check(message);
            var key = (message.Channel, message.Group, message.Key);
            newest[key] = Math.Max(message.Version, newest.GetValueOrDefault(key));
        }

        var parent = Activity.Current?.Id;
        var entries = new List<EnqueuedMessage>(messages.Length);
        foreach (var message in messages.Span)
        {
            var latestWins = channels.Get(message.Channel).Options.Ordering is Ordering.LatestWins;
            entries.Add(new(message, latestWins, latestWins && message.Version < newest[(message.Channel, message.Group, message.Key)], message.TraceParent ?? parent));
        }

        return entries;
    }

    // A submission takes messages of one group: side by side in the table, they are a few pages and not one each. Claims and commits were 2.6 times faster with 20 groups.
    private static List<EnqueuedMessage> Together(List<EnqueuedMessage> entries) =>
        [.. entries.OrderBy(static entry => entry.Message.Channel, StringComparer.Ordinal).ThenBy(static entry => entry.Message.Group, StringComparer.Ordinal)];

    private void Check(OutboxMessage message)
    {
        if (!channels.Knows(message.Channel))
            throw new ArgumentException($"The outbox has no channel '{message.Channel}'. Add it with AddChannel; it has {channels.Names}.");
        if (string.IsNullOrEmpty(message.Key) || string.IsNullOrEmpty(message.Type) || message.Group is null)
            throw new ArgumentException($"A message of channel '{message.Channel}' lacks its key, group or type.");
        if (message.Version < 1)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Message '{message.Key}' of channel '{message.Channel}' has version {message.Version}; versions start at 1."));
    }
}
