namespace Clutch.Outbox.Operations;

/// <summary>How an operation stands.</summary>
public enum OperationState
{
    /// <summary>Accepted, waiting.</summary>
    NotStarted,

    /// <summary>At work.</summary>
    Running,

    /// <summary>Ended; items that are not named were applied.</summary>
    Succeeded,

    /// <summary>Ended; items that are not named have no result and are sent again.</summary>
    PartiallySucceeded,

    /// <summary>Ended as a whole; items that are not named failed with the operation's problem.</summary>
    Failed,

    /// <summary>Ended on request; items that are not named were not applied and are sent again.</summary>
    Cancelled,

    /// <summary>The target does not know it (404), or not any more (410): the submission is sent again with its key.</summary>
    Lost,
}

/// <summary>The status of one operation.</summary>
public sealed record OperationStatus
{
    /// <summary>Which operation.</summary>
    public required OperationHandle Operation { get; init; }

    /// <summary>How it stands.</summary>
    public required OperationState State { get; init; }

    /// <summary>What became of its items, once it has ended.</summary>
    public IReadOnlyList<ItemResult> Items { get; init; } = [];

    /// <summary>When to ask again, while it runs; null for the channel's own estimate.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Why it failed as a whole, or null.</summary>
    public Problem? Problem { get; init; }

    /// <summary>Whether items without a result of their own may succeed when sent again, where <see cref="State"/> is <see cref="OperationState.Failed"/>; true by default.</summary>
    public bool IsRetryable { get; init; } = true;

    /// <summary>Whether nothing more will happen to it.</summary>
    public bool IsDone => State is OperationState.Succeeded or OperationState.PartiallySucceeded or OperationState.Failed or OperationState.Cancelled;
}
