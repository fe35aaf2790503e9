namespace Clutch.Outbox.Protocol;

/// <summary>Where a submission stands in the store. Its members' visible status follows from it: they are one row each, written when they enter and when they leave.</summary>
internal enum SubmissionState
{
    /// <summary>Not known to be accepted: leased while it has an owner, else waiting for its next time.</summary>
    Sending = 0,

    /// <summary>Accepted; the poller asks for it.</summary>
    Submitted = 1,

    /// <summary>Ended.</summary>
    Closed = 2,

    /// <summary>Given up, its members failed as expired; a late success is still looked for.</summary>
    Expired = 3,
}

/// <summary>The stored status of a message.</summary>
internal enum MessageState
{
    /// <summary>Free, waits to enter a submission.</summary>
    Pending = 0,

    /// <summary>In exactly one live submission.</summary>
    InSubmission = 1,

    /// <summary>The target has it.</summary>
    Synced = 3,

    /// <summary>Failed.</summary>
    Failed = 4,

    /// <summary>A newer version took its place.</summary>
    Superseded = 5,
}

/// <summary>What the refusal of a single message for its content is worth.</summary>
internal enum RefusalVerdict
{
    /// <summary>The target takes other requests: the message is at fault.</summary>
    Content,

    /// <summary>Nothing was accepted since, but other parts of the same request have not been tried yet.</summary>
    Undecided,

    /// <summary>All parts were refused and nothing was accepted since: the channel is at fault, as far as anybody can tell.</summary>
    Channel,
}

/// <summary>What a decision about a submission rests on, as read when it was leased.</summary>
internal sealed record SubmissionFacts
{
    public required long Id { get; init; }

    /// <summary>Raised with each lease: a change counts only while it is still the same.</summary>
    public required long Fence { get; init; }

    public required SubmissionState State { get; init; }

    /// <summary>Sends of this submission, the one under way included. A send that goes on where a lease was lost is the same one.</summary>
    public required int Attempts { get; init; }

    /// <summary>How often its lease ran out while it was being sent: its process died, froze or lost the database.</summary>
    public int LostLeases { get; init; }

    /// <summary>Attempts its members had used before: the same for all of them.</summary>
    public int BaseAttempts { get; init; }

    public required int ItemCount { get; init; }

    /// <summary>How often it and its ancestors were split.</summary>
    public int SplitDepth { get; init; }

    /// <summary>How often in a row it was refused: not accepted, or kept while its refusal said nothing of its content yet.</summary>
    public int Refusals { get; init; }

    /// <summary>How often its operation was lost or passed its deadline.</summary>
    public int Rounds { get; init; }

    /// <summary>Whether some members left it when the target accepted the others: sent again, its bytes would differ under the same key.</summary>
    public bool IsThinned { get; init; }

    /// <summary>How often its operation has been asked for.</summary>
    public int PollCount { get; init; }

    /// <summary>How long ago it was formed, by this machine's clock, where it is sent again; zero the first time.</summary>
    public TimeSpan SinceFormed { get; init; }

    /// <summary>How long ago it was accepted; zero before.</summary>
    public TimeSpan SinceAccepted { get; init; }

    /// <summary>Attempts that ended before the one under way: what its parts start with, if it is split.</summary>
    public int PastAttempts => Math.Max(0, Attempts - 1);

    public int TotalAttempts => BaseAttempts + Attempts;

    /// <summary>How often it was taken to be sent, this time included.</summary>
    public int Sendings => Attempts + LostLeases;
}
