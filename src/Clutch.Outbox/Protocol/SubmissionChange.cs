using Clutch.Outbox.Administration;
using Clutch.Outbox.Operations;

namespace Clutch.Outbox.Protocol;

/// <summary>One step of a submission with its members, to be stored in one transaction if its fence still holds.</summary>
internal sealed record SubmissionChange
{
    /// <summary>What it rests on.</summary>
    public required SubmissionFacts Facts { get; init; }

    public required SubmissionState To { get; init; }

    /// <summary>When it is due again; null where nothing more is to be done.</summary>
    public TimeSpan? DueIn { get; init; }

    public required int Attempts { get; init; }

    public required int Rounds { get; init; }

    /// <summary>How often in a row it was refused by now.</summary>
    public int Refusals { get; init; }

    /// <summary>Whether the target took the request just now, for later (202) or at once (200, 207).</summary>
    public bool IsTaken { get; init; }

    /// <summary>Whether the target refused its content (400, 422).</summary>
    public bool RefusesContent { get; init; }

    /// <summary>The operation that was accepted just now, or null.</summary>
    public OperationHandle? Operation { get; init; }

    /// <summary>What went wrong with the whole, for the history; null where nothing did.</summary>
    public Problem? Problem { get; init; }

    /// <summary>What becomes of each member not named in <see cref="Items"/>; null where it stays.</summary>
    public MemberFate? Rest { get; init; }

    /// <summary>What becomes of single members.</summary>
    public IReadOnlyList<ItemFate> Items { get; init; } = [];

    /// <summary>Into how many new submissions the members go; 0 for none.</summary>
    public int PartCount { get; init; }

    /// <summary>Whether members leave it or change.</summary>
    public bool TouchesMembers => Rest is not null || Items.Count > 0;
}

/// <summary>What becomes of a member that leaves its submission.</summary>
/// <param name="To">Its new state.</param>
/// <param name="Kind">Why it failed, where it did.</param>
/// <param name="Problem">What went wrong, or null.</param>
/// <param name="RetryIn">When it may enter a new submission, where it goes back.</param>
internal sealed record MemberFate(MessageState To, FailureKind? Kind = null, Problem? Problem = null, TimeSpan RetryIn = default)
{
    public static MemberFate Synced { get; } = new(MessageState.Synced);

    public static MemberFate Superseded { get; } = new(MessageState.Superseded);
}

/// <summary>The fate of one member.</summary>
internal readonly record struct ItemFate(long MessageId, MemberFate Fate);
