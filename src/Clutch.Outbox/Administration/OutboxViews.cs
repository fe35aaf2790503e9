using Clutch.Outbox.Operations;

namespace Clutch.Outbox.Administration;

/// <summary>Where a message stands.</summary>
public enum MessageStatus
{
    /// <summary>Waits to be sent, or is being sent.</summary>
    Pending,

    /// <summary>The target accepted it and works on it.</summary>
    Submitted,

    /// <summary>The target has it.</summary>
    Synced,

    /// <summary>Not sent any more, until an operator acts.</summary>
    Failed,

    /// <summary>A newer version took its place.</summary>
    Superseded,
}

/// <summary>Why a message failed.</summary>
public enum FailureKind
{
    /// <summary>The target refused it for good.</summary>
    Permanent,

    /// <summary>All attempts are used up, or its senders died too often.</summary>
    Exhausted,

    /// <summary>Its operation never ended, or it was not sent in time.</summary>
    Expired,

    /// <summary>An operator cancelled it.</summary>
    Cancelled,
}

/// <summary>One message, without its payload.</summary>
public sealed record OutboxMessageView
{
    /// <summary>Its number.</summary>
    public required long Id { get; init; }

    /// <summary>Its channel.</summary>
    public required string Channel { get; init; }

    /// <summary>Its group.</summary>
    public required string Group { get; init; }

    /// <summary>Its key.</summary>
    public required string Key { get; init; }

    /// <summary>The version of the key.</summary>
    public required long Version { get; init; }

    /// <summary>What is to be done.</summary>
    public required string Type { get; init; }

    /// <summary>Where it stands.</summary>
    public required MessageStatus Status { get; init; }

    /// <summary>Attempts of its ended submissions.</summary>
    public required int AttemptCount { get; init; }

    /// <summary>How often an operator sent it again.</summary>
    public required int RedriveCount { get; init; }

    /// <summary>When it was enqueued.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it is due to be sent, where it waits.</summary>
    public required DateTimeOffset DueAt { get; init; }

    /// <summary>When it ended, or null.</summary>
    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>Its last submission, or null.</summary>
    public long? SubmissionId { get; init; }

    /// <summary>The operation of that submission, or null.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>Why it failed, or null.</summary>
    public FailureKind? FailureKind { get; init; }

    /// <summary>The type of its last problem, or null.</summary>
    public string? ProblemType { get; init; }

    /// <summary>Its last problem in words, or null.</summary>
    public string? ProblemDetail { get; init; }

    /// <summary>When an operator acknowledged its failure, or null.</summary>
    public DateTimeOffset? AcknowledgedAt { get; init; }
}

/// <summary>How a channel stands.</summary>
public sealed record ChannelStatistics
{
    /// <summary>The channel.</summary>
    public required string Channel { get; init; }

    /// <summary>Messages by status; a status without messages has 0, one that was not counted is absent (<see cref="IOutboxAdmin.GetBacklogAsync"/>).</summary>
    public required IReadOnlyDictionary<MessageStatus, long> Counts { get; init; }

    /// <summary>How long the oldest message that is due waits, or the oldest submission that no target has accepted yet; zero where none does.</summary>
    public required TimeSpan OldestPendingAge { get; init; }

    /// <summary>Requests formed but not known to be accepted.</summary>
    public required long SendingCount { get; init; }

    /// <summary>Operations the target works on.</summary>
    public required long OperationCount { get; init; }

    /// <summary>How long the oldest operation has been running; zero where none is.</summary>
    public required TimeSpan OldestOperationAge { get; init; }

    /// <summary>Failed messages nobody acknowledged.</summary>
    public required long UnacknowledgedCount { get; init; }

    /// <summary>When an operator paused it, or null.</summary>
    public DateTimeOffset? PausedAt { get; init; }

    /// <summary>What a person must repair, or null.</summary>
    public Problem? Fault { get; init; }

    /// <summary>When that came up, or null.</summary>
    public DateTimeOffset? FaultAt { get; init; }

    /// <summary>Messages that still move: pending or submitted.</summary>
    public long UnfinishedCount => Counts[MessageStatus.Pending] + Counts[MessageStatus.Submitted];
}

/// <summary>How a group stands.</summary>
/// <param name="Group">The group.</param>
/// <param name="PendingCount">Messages that wait or are being sent.</param>
/// <param name="PausedAt">When an operator paused it, or null.</param>
/// <param name="HeldUntil">Until when its breaker is open, or null.</param>
public sealed record GroupStatistics(string Group, long PendingCount, DateTimeOffset? PausedAt, DateTimeOffset? HeldUntil);

/// <summary>Failures with one cause.</summary>
/// <param name="Kind">Why.</param>
/// <param name="ProblemType">The type of the problem; null where there was none.</param>
/// <param name="Count">How many.</param>
/// <param name="UnacknowledgedCount">How many of them nobody acknowledged.</param>
/// <param name="Sample">One of them in words, or null.</param>
public sealed record FailureGroup(FailureKind Kind, string? ProblemType, long Count, long UnacknowledgedCount, string? Sample);

/// <summary>A submission under way.</summary>
public sealed record SubmissionView
{
    /// <summary>Its number.</summary>
    public required long Id { get; init; }

    /// <summary>Its group.</summary>
    public required string Group { get; init; }

    /// <summary>Its idempotency key.</summary>
    public required string IdempotencyKey { get; init; }

    /// <summary>Where its members stand: pending while it is not known to be accepted.</summary>
    public required MessageStatus Status { get; init; }

    /// <summary>How many messages it carries.</summary>
    public required int ItemCount { get; init; }

    /// <summary>Attempts used.</summary>
    public required int AttemptCount { get; init; }

    /// <summary>When it was formed.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it is sent, asked for, or taken over next.</summary>
    public required DateTimeOffset DueAt { get; init; }

    /// <summary>Who works on it, or null.</summary>
    public string? Owner { get; init; }

    /// <summary>The operation, or null.</summary>
    public OperationHandle? Operation { get; init; }
}

/// <summary>One thing that happened to a key.</summary>
/// <param name="At">When.</param>
/// <param name="Version">To which version.</param>
/// <param name="Event">What: <c>enqueued</c>, <c>formed</c>, <c>accepted</c>, <c>attempt</c>, <c>synced</c>, <c>failed</c>, <c>superseded</c>.</param>
/// <param name="SubmissionId">In which submission, or null.</param>
/// <param name="Detail">The idempotency key, the operation, or the problem, or null.</param>
public sealed record TimelineEntry(DateTimeOffset At, long Version, string Event, long? SubmissionId, string? Detail);
