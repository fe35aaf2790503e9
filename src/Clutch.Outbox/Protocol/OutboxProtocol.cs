using System.Diagnostics;
using System.Globalization;
using Clutch.Outbox.Administration;
using Clutch.Outbox.Channels;
using Clutch.Outbox.Faults;
using Clutch.Outbox.Operations;
using Clutch.Outbox.Submitting;

namespace Clutch.Outbox.Protocol;

/// <summary>The steps of the protocol as pure functions: from what is known of a submission and what the target said to what is stored. Tests/Outbox explores all their interleavings.</summary>
/// <remarks>T1 to T14 are the transitions of docs/reference/outbox-schema.md.</remarks>
internal sealed class OutboxProtocol(ChannelOptions options, Safeguards safeguards, Delays delays)
{
    // 64 parts; a part that is refused still goes item by item, so that many bad items do not multiply the requests.
    public const int MaxBisections = 6;

    /// <summary>The type of the fault that stops a channel whose target refuses all content.</summary>
    public const string AllRefused = "all-refused";

    /// <summary>Requests of one message each that the target may refuse for their content in a row, with nothing accepted in between, before the channel is held to be at fault.</summary>
    public const int MaxLoneRefusals = 4;

    /// <summary>Whether a change that rests on these facts still counts: T6's fence.</summary>
    public static bool Holds(SubmissionFacts facts, long currentFence, SubmissionState currentState) => facts.Fence == currentFence && facts.State == currentState;

    /// <summary>T9 before sending: a submission whose senders died too often is not sent again. Null where it may be sent.</summary>
    public SubmissionChange? BeforeSend(SubmissionFacts facts) => facts.LostLeases > options.Retry.MaxLostLeases
        ? Close(facts, new MemberFate(MessageState.Failed, FailureKind.Exhausted, LeasesLost(facts.LostLeases)))
        : null;

    /// <summary>T3 to T6 and T9: what the answer to a request means.</summary>
    /// <param name="facts">As leased for this request.</param>
    /// <param name="result">The answer.</param>
    /// <param name="estimate">How long operations took of late.</param>
    /// <param name="verdict">What the refusal of a single message for its content is worth.</param>
    public SubmissionChange AfterSubmit(SubmissionFacts facts, SubmitResult result, TimeSpan estimate, RefusalVerdict verdict = RefusalVerdict.Content) => result switch
    {
        SubmitResult.Accepted accepted => Accept(facts, accepted, estimate) with { IsTaken = true },
        SubmitResult.Completed completed => Close(facts, MemberFate.Synced) with { Items = Fates(facts, completed.Items, MemberFate.Synced), IsTaken = true },
        SubmitResult.NotAccepted refused => RefuseOnceMore(facts, refused.Problem, refused.RetryAfter),
        SubmitResult.ChannelFault fault => Refuse(facts, fault.Problem, options.FaultRest),
        SubmitResult.Unknown { IsAtWork: true } atWork when facts.SinceFormed < options.OperationDeadline => WaitFor(facts, atWork),
        SubmitResult.Unknown unknown => SendAgain(facts, unknown),
        SubmitResult.TooLarge large => Split(facts, large.Problem, 2),
        SubmitResult.Invalid invalid => RefuseContent(facts, invalid.Problem, verdict) with { RefusesContent = true },
        SubmitResult.KeyConflict conflict => Close(facts, new MemberFate(MessageState.Failed, FailureKind.Permanent, conflict.Problem)) with { Problem = conflict.Problem },
        _ => throw new UnreachableException($"Unknown result '{result}'."),
    };

    /// <summary>T7 to T10 and T13: what the status of an operation means.</summary>
    public SubmissionChange AfterStatus(SubmissionFacts facts, OperationStatus status) => facts.State switch
    {
        SubmissionState.Submitted when status.IsDone => Settle(facts, status),
        SubmissionState.Submitted when status.State is OperationState.Lost => Lost(facts),
        SubmissionState.Submitted => StillRunning(facts, status.RetryAfter),
        SubmissionState.Expired when status.IsDone => SettleLate(facts, status),
        SubmissionState.Expired => KeepLooking(facts, status),
        _ => throw new UnreachableException($"Submission {facts.Id.ToString(CultureInfo.InvariantCulture)} is {facts.State}, which nobody asks for."),
    };

    /// <summary>The target could not be asked, or said nothing about it. Where a person must repair something before it can be asked, no deadline runs out meanwhile: the target may have done it all.</summary>
    public SubmissionChange AfterNoStatus(SubmissionFacts facts, bool waitsForRepair) => (facts.State, waitsForRepair) switch
    {
        (SubmissionState.Submitted, false) => StillRunning(facts, null),
        (SubmissionState.Submitted, true) => PollAgain(facts, null),
        (_, false) => KeepLooking(facts, null),
        _ => Keep(facts, SubmissionState.Expired, options.Poll.MaxDelay),
    };

    private SubmissionChange Accept(SubmissionFacts facts, SubmitResult.Accepted accepted, TimeSpan estimate)
    {
        var rejected = Fates(facts, accepted.Rejected, rest: null);
        if (rejected.Count >= facts.ItemCount)
            return Close(facts, MemberFate.Synced) with { Items = rejected };
        return Keep(facts, SubmissionState.Submitted, NextPoll(estimate, 0, accepted.RetryAfter, TimeSpan.Zero)) with
        {
            Operation = accepted.Operation,
            Items = rejected,
        };
    }

    private SubmissionChange RefuseOnceMore(SubmissionFacts facts, Problem problem, TimeSpan? wished) =>
        Refuse(facts, problem, Longer(wished, delays.AfterRefusal(options.Retry, facts.Refusals))) with { Refusals = facts.Refusals + 1 };

    // T5: provably not accepted. The attempt counted at the claim is given back; the members stay, frozen.
    private static SubmissionChange Refuse(SubmissionFacts facts, Problem problem, TimeSpan dueIn) =>
        Keep(facts, SubmissionState.Sending, dueIn) with { Attempts = facts.Attempts - 1, Problem = problem };

    // T6: the outcome is unknown. The same submission again, never regrouped.
    private SubmissionChange SendAgain(SubmissionFacts facts, SubmitResult.Unknown unknown)
    {
        if (facts.TotalAttempts >= options.Retry.MaxAttempts)
            return Close(facts, new MemberFate(MessageState.Failed, FailureKind.Exhausted, unknown.Problem)) with { Problem = unknown.Problem };
        return Keep(facts, SubmissionState.Sending, Longer(unknown.RetryAfter, delays.Backoff(options.Retry, facts.Attempts))) with { Problem = unknown.Problem };
    }

    // T6 without an attempt, for the target has not failed. It must end some day: past the deadline of operations it costs attempts as any unknown outcome.
    private SubmissionChange WaitFor(SubmissionFacts facts, SubmitResult.Unknown atWork) =>
        Refuse(facts, atWork.Problem, WishOf(atWork.RetryAfter) ?? options.Poll.MaxDelay);

    // T9: until the bad item is alone. Where the target has accepted nothing since, its refusal may be none of the item, so the item stays.
    private SubmissionChange RefuseContent(SubmissionFacts facts, Problem problem, RefusalVerdict verdict) => verdict switch
    {
        _ when facts.ItemCount > 1 => Split(facts, problem, facts.SplitDepth < MaxBisections ? 2 : facts.ItemCount),
        RefusalVerdict.Undecided => RefuseOnceMore(facts, problem, wished: null),
        RefusalVerdict.Channel => Refuse(facts, problem, options.FaultRest),
        _ => Split(facts, problem, 1),
    };

    // T9: until the bad item is alone. Splitting is no failure of the good items, so it costs none of them an attempt.
    private static SubmissionChange Split(SubmissionFacts facts, Problem problem, int partCount) => facts.ItemCount == 1
        ? Close(facts, new MemberFate(MessageState.Failed, FailureKind.Permanent, problem)) with { Problem = problem }
        : Close(facts, rest: null) with { PartCount = Math.Min(partCount, facts.ItemCount), Problem = problem };

    private SubmissionChange Settle(SubmissionFacts facts, OperationStatus status)
    {
        var rest = RestOf(facts, status);
        return Close(facts, rest) with
        {
            Items = Fates(facts, status.Items, rest),
            Problem = status.State is OperationState.Succeeded or OperationState.PartiallySucceeded ? null : ProblemOf(status),
        };
    }

    private MemberFate RestOf(SubmissionFacts facts, OperationStatus status) => status.State switch
    {
        OperationState.Succeeded => MemberFate.Synced,
        OperationState.Failed => Failed(facts, status.IsRetryable, ProblemOf(status)),
        _ => Failed(facts, isRetryable: true, ProblemOf(status)),
    };

    private static Problem ProblemOf(OperationStatus status) => status.Problem ?? new($"operation-{status.State.ToString().ToUpperInvariant()}", $"The operation ended {status.State}.");

    // T13: only what the target has counts now; what failed is failed already.
    private SubmissionChange SettleLate(SubmissionFacts facts, OperationStatus status) => Close(facts, status.State is OperationState.Succeeded ? MemberFate.Synced : null) with
    {
        Items = Fates(facts, status.Items, rest: null).Where(item => status.State is OperationState.Succeeded || item.Fate.To is MessageState.Synced or MessageState.Superseded).ToList(),
    };

    private SubmissionChange KeepLooking(SubmissionFacts facts, OperationStatus? status) =>
        status?.State is OperationState.Lost || facts.SinceAccepted >= options.OperationDeadline + options.LateResultWindow
            ? Close(facts, rest: null)
            : Keep(facts, SubmissionState.Expired, options.Poll.MaxDelay);

    private SubmissionChange Lost(SubmissionFacts facts)
    {
        if (!safeguards.HandlesLostStatus)
            return PollAgain(facts, null);
        if (facts.SinceAccepted < options.LostStatusGrace)
            return PollAgain(facts, null);
        return facts.Rounds >= options.MaxRounds
            ? Close(facts, Expired("operation-lost", "The target forgot the operation each time.")) with { Rounds = facts.Rounds + 1 }
            : Resend(facts, new("operation-lost", "The target does not know the operation; the submission is sent again with its key."));
    }

    private SubmissionChange StillRunning(SubmissionFacts facts, TimeSpan? wished)
    {
        if (facts.SinceAccepted < options.OperationDeadline)
            return PollAgain(facts, wished);
        return facts.Rounds >= options.MaxRounds
            ? Keep(facts, SubmissionState.Expired, options.Poll.MaxDelay) with { Rest = Expired("operation-expired", "The operation passed its deadline each time."), Rounds = facts.Rounds + 1 }
            : Resend(facts, new("operation-late", "The operation passed its deadline; the submission is sent again with its key."));
    }

    // T10: the same key, so that the target answers with the operation it has or starts a new one.
    // A thinned one cannot be sent again with its key: its members go into new ones, which the version guard makes harmless.
    private static SubmissionChange Resend(SubmissionFacts facts, Problem problem) => facts.IsThinned
        ? Close(facts, new MemberFate(MessageState.Pending, Problem: problem)) with { Problem = problem }
        : Keep(facts, SubmissionState.Sending, TimeSpan.Zero) with { Rounds = facts.Rounds + 1, Attempts = facts.Attempts - 1, Problem = problem };

    private SubmissionChange PollAgain(SubmissionFacts facts, TimeSpan? wished) =>
        Keep(facts, SubmissionState.Submitted, NextPoll(options.Poll.MinDelay, facts.PollCount + 1, wished, facts.SinceAccepted));

    private TimeSpan NextPoll(TimeSpan estimate, int pollCount, TimeSpan? wished, TimeSpan sinceAccepted) => wished is { } wish
        ? delays.WishedPoll(options.Poll, wish, options.OperationDeadline - sinceAccepted)
        : delays.NextPoll(options.Poll, estimate, pollCount);

    private List<ItemFate> Fates(SubmissionFacts facts, IReadOnlyList<ItemResult> results, MemberFate? rest)
    {
        var fates = new List<ItemFate>();
        foreach (var result in results)
        {
            if (long.TryParse(result.ItemId, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && FateOf(facts, result) is var fate && fate != rest)
                fates.Add(new(id, fate));
        }

        return fates;
    }

    private MemberFate FateOf(SubmissionFacts facts, ItemResult result) => result.Outcome switch
    {
        ItemOutcome.Applied or ItemOutcome.AlreadyApplied => MemberFate.Synced,
        ItemOutcome.Superseded => MemberFate.Superseded,
        ItemOutcome.Failed => Failed(facts, result.IsRetryable, result.Problem),
        _ => throw new UnreachableException($"Unknown outcome '{result.Outcome}'."),
    };

    // T8 or T9 of one member.
    private MemberFate Failed(SubmissionFacts facts, bool isRetryable, Problem? problem)
    {
        if (!isRetryable)
            return new(MessageState.Failed, FailureKind.Permanent, problem);
        return facts.TotalAttempts >= options.Retry.MaxAttempts
            ? new(MessageState.Failed, FailureKind.Exhausted, problem)
            : new(MessageState.Pending, Problem: problem, RetryIn: delays.Backoff(options.Retry, facts.TotalAttempts));
    }

    private static Problem LeasesLost(int count) =>
        new("leases-lost", $"{count.ToString(CultureInfo.InvariantCulture)} times the process that sent it died or froze before its answer was stored.");

    private static MemberFate Expired(string type, string title) => new(MessageState.Failed, FailureKind.Expired, new(type, title));

    private static TimeSpan Longer(TimeSpan? wished, TimeSpan own) => wished is { } wish && wish > own ? wish : own;

    // A wish of 0 s, or a date that has passed, is none: obeyed, it would be a loop without a pause.
    private static TimeSpan? WishOf(TimeSpan? wished) => wished > TimeSpan.Zero ? wished : null;

    private static SubmissionChange Keep(SubmissionFacts facts, SubmissionState to, TimeSpan dueIn) =>
        new() { Facts = facts, To = to, DueIn = dueIn, Attempts = facts.Attempts, Rounds = facts.Rounds };

    private static SubmissionChange Close(SubmissionFacts facts, MemberFate? rest) =>
        new() { Facts = facts, To = SubmissionState.Closed, Attempts = facts.Attempts, Rounds = facts.Rounds, Rest = rest };
}
