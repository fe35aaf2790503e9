using Clutch.Outbox.Operations;

namespace Clutch.Outbox.Submitting;

/// <summary>How sending a submission ended. The cases are all there are.</summary>
public abstract record SubmitResult
{
    private SubmitResult()
    {
    }

    /// <summary>The target keeps the request and works on it (202). The poller asks for the rest.</summary>
    /// <param name="Operation">Where to ask.</param>
    public sealed record Accepted(OperationHandle Operation) : SubmitResult
    {
        /// <summary>When the target wishes to be asked; null for the channel's own estimate.</summary>
        public TimeSpan? RetryAfter { get; init; }

        /// <summary>Items the target refused at once; all others are at work.</summary>
        public IReadOnlyList<ItemResult> Rejected { get; init; } = [];
    }

    /// <summary>The target answered for the items at once (200, 207). Items it does not name were applied.</summary>
    /// <param name="Items">What became of them.</param>
    public sealed record Completed(IReadOnlyList<ItemResult> Items) : SubmitResult;

    /// <summary>The target certainly did not take the request: 429, connection refused before any byte, circuit open, own limiter. Costs no attempt.</summary>
    /// <param name="Problem">Why.</param>
    public sealed record NotAccepted(Problem Problem) : SubmitResult
    {
        /// <summary>When to try again at the earliest; null for the channel's back-off.</summary>
        public TimeSpan? RetryAfter { get; init; }

        /// <summary>The target asked for less (429): the adaptive concurrency steps back.</summary>
        public bool IsThrottled { get; init; }
    }

    /// <summary>Nobody knows whether the target took the request: time-out, reset, any 5xx, a torn answer, 409 "in progress". The same request is sent again.</summary>
    /// <param name="Problem">What happened.</param>
    public sealed record Unknown(Problem Problem) : SubmitResult
    {
        /// <summary>When to try again at the earliest; null for the channel's back-off.</summary>
        public TimeSpan? RetryAfter { get; init; }

        /// <summary>The target still works on the same request (409). Costs no attempt until the submission is as old as <see cref="Channels.ChannelOptions.OperationDeadline"/>.</summary>
        public bool IsAtWork { get; init; }
    }

    /// <summary>The request is too large for the target (413): it is split.</summary>
    /// <param name="Problem">What the target said.</param>
    public sealed record TooLarge(Problem Problem) : SubmitResult;

    /// <summary>The target refused the content of the whole request (400, 422) for good: it is bisected until the bad item is alone, which fails.</summary>
    /// <remarks>
    /// Where all parts of a request were refused down to single messages and the target has accepted nothing meanwhile, no message fails: the channel stops as with <see cref="ChannelFault"/>. So it does where
    /// requests of one message each are refused one after the other; the first four of them have failed by then.
    /// </remarks>
    /// <param name="Problem">What the target said.</param>
    public sealed record Invalid(Problem Problem) : SubmitResult;

    /// <summary>The target will refuse every request until a person acts: wrong URL, TLS, 401, 403, a web page instead of an API. The channel stops; no message is to blame and none pays.</summary>
    /// <param name="Problem">What to repair, for a person.</param>
    public sealed record ChannelFault(Problem Problem) : SubmitResult;

    /// <summary>The target says that this key came with another content (422, key reuse): a bug. All messages of the submission fail, with what the target said; a re-drive sends them under a new key.</summary>
    /// <param name="Problem">What the target said.</param>
    public sealed record KeyConflict(Problem Problem) : SubmitResult;
}
