using System.Data.Common;
using Clutch.Relational;

namespace Clutch.Outbox;

/// <summary>Takes messages into the outbox within the caller's transaction: they are sent if it commits, and never were if it does not.</summary>
/// <remarks>The transaction must be one of the database the outbox lives in. A fixed number of statements a call, however many messages.</remarks>
public interface IOutbox
{
    /// <summary>Enqueues in a chunk's transaction.</summary>
    /// <exception cref="ArgumentException">A message names an unknown channel, or its key, version or type is missing.</exception>
    ValueTask<EnqueueResult> EnqueueAsync(IRelationalChunk chunk, ReadOnlyMemory<OutboxMessage> messages, CancellationToken cancellationToken);

    /// <summary>Enqueues in a session's open transaction.</summary>
    /// <exception cref="ArgumentException">As above, or no transaction is open.</exception>
    ValueTask<EnqueueResult> EnqueueAsync(RelationalSession session, ReadOnlyMemory<OutboxMessage> messages, CancellationToken cancellationToken);

    /// <summary>Enqueues in a plain transaction.</summary>
    /// <exception cref="ArgumentException">As above, or the transaction is over.</exception>
    ValueTask<EnqueueResult> EnqueueAsync(DbTransaction transaction, ReadOnlyMemory<OutboxMessage> messages, CancellationToken cancellationToken);

    /// <summary>Wakes the relay of this process: call it after the commit, or leave it, then the relay finds the messages at its next look (1 s by default).</summary>
    void Wake(string channel);

    /// <summary>Nothing more is about to come: the relay of this process sends what waits for company (<see cref="Channels.ChannelOptions.Linger"/>) at once. For what is committed so far; later messages wait again.</summary>
    /// <exception cref="ArgumentException">There is no such channel.</exception>
    void Flush(string channel);
}

/// <summary>What became of a bulk of messages.</summary>
/// <param name="AddedCount">New in the outbox.</param>
/// <param name="DuplicateCount">Ignored, for the outbox knew that version of that key.</param>
/// <param name="CoalescedCount">Older versions, not yet sent, that these superseded (<see cref="Channels.Ordering.LatestWins"/> only).</param>
public readonly record struct EnqueueResult(int AddedCount, int DuplicateCount, int CoalescedCount);
