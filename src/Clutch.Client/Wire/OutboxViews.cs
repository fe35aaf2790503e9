using System.ComponentModel.DataAnnotations;

namespace Clutch.Client.Wire;

/// <summary>How a channel of the outbox stands.</summary>
public sealed record OutboxChannelView
{
    /// <summary>The channel.</summary>
    public required string Channel { get; init; }

    /// <summary>Messages by status.</summary>
    public required IReadOnlyDictionary<string, long> Counts { get; init; }

    /// <summary>How long the oldest message that is due waits, in seconds.</summary>
    public required double OldestPendingSeconds { get; init; }

    /// <summary>Operations that the target works on.</summary>
    public required long OperationCount { get; init; }

    /// <summary>Failed messages that nobody acknowledged.</summary>
    public required long UnacknowledgedCount { get; init; }

    /// <summary>When it was paused (UTC), or null.</summary>
    public DateTimeOffset? PausedAt { get; init; }

    /// <summary>What a person must repair, or null.</summary>
    public string? Fault { get; init; }

    /// <summary>Its groups, by name.</summary>
    public required IReadOnlyList<OutboxGroupView> Groups { get; init; }

    /// <summary>Failed messages by cause, most first.</summary>
    public required IReadOnlyList<OutboxFailureView> Failures { get; init; }
}

/// <summary>How a group of a channel stands.</summary>
/// <param name="Group">The group.</param>
/// <param name="PendingCount">Messages that wait.</param>
/// <param name="PausedAt">When it was paused (UTC), or null.</param>
/// <param name="HeldUntil">Until when its breaker is open (UTC), or null.</param>
public sealed record OutboxGroupView(string Group, long PendingCount, DateTimeOffset? PausedAt, DateTimeOffset? HeldUntil);

/// <summary>Failed messages with one cause.</summary>
/// <param name="Kind">Why: <c>Permanent</c>, <c>Exhausted</c>, <c>Expired</c> or <c>Cancelled</c>.</param>
/// <param name="ProblemType">The type of the problem, or null.</param>
/// <param name="Count">How many.</param>
/// <param name="UnacknowledgedCount">How many of them nobody acknowledged.</param>
/// <param name="Sample">One of them in words, or null.</param>
public sealed record OutboxFailureView(string Kind, string? ProblemType, long Count, long UnacknowledgedCount, string? Sample);

/// <summary>A message of the outbox, without its payload.</summary>
public sealed record OutboxMessageLine
{
    /// <summary>Its number.</summary>
    public required long Id { get; init; }

    /// <summary>Its group.</summary>
    public required string Group { get; init; }

    /// <summary>Its key.</summary>
    public required string Key { get; init; }

    /// <summary>The version of the key.</summary>
    public required long Version { get; init; }

    /// <summary>What is to be done.</summary>
    public required string Type { get; init; }

    /// <summary>Where it stands: <c>Pending</c>, <c>Submitted</c>, <c>Synced</c>, <c>Failed</c> or <c>Superseded</c>.</summary>
    public required string Status { get; init; }

    /// <summary>Attempts of its ended submissions.</summary>
    public required int AttemptCount { get; init; }

    /// <summary>When it was enqueued (UTC).</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it ended (UTC), or null.</summary>
    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>Why it failed, or null.</summary>
    public string? FailureKind { get; init; }

    /// <summary>The type of its last problem, or null.</summary>
    public string? ProblemType { get; init; }

    /// <summary>Its last problem in words, or null.</summary>
    public string? ProblemDetail { get; init; }
}

/// <summary>Which messages of a channel to act on; what is null does not matter.</summary>
public sealed record OutboxSelection
{
    /// <summary>The group.</summary>
    [StringLength(200)]
    public string? Group { get; init; }

    /// <summary>The key.</summary>
    [StringLength(500)]
    public string? Key { get; init; }

    /// <summary>Why they failed: <c>Permanent</c>, <c>Exhausted</c>, <c>Expired</c> or <c>Cancelled</c>.</summary>
    [RegularExpression("^(Permanent|Exhausted|Expired|Cancelled)$")]
    public string? FailureKind { get; init; }

    /// <summary>The type of the problem they failed with.</summary>
    [StringLength(500)]
    public string? ProblemType { get; init; }

    /// <summary>Only those that failed with no type of a problem, or an empty one.</summary>
    public bool HasNoProblemType { get; init; }

    /// <summary>How many become due a second, for a re-drive; null for all at once.</summary>
    [Range(0.001, 1_000_000)]
    public double? RatePerSecond { get; init; }

    /// <summary>The reason: 3 to 500 characters.</summary>
    [Required]
    [StringLength(500, MinimumLength = 3)]
    public required string Reason { get; init; }
}

/// <summary>What an action on messages did.</summary>
/// <param name="MatchedCount">Messages that the selection names.</param>
/// <param name="ChangedCount">Messages that were changed.</param>
/// <param name="SupersededCount">Messages not sent again, for a newer version is synced or under way.</param>
public sealed record OutboxActionView(int MatchedCount, int ChangedCount, int SupersededCount);
