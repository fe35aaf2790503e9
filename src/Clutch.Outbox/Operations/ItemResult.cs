namespace Clutch.Outbox.Operations;

/// <summary>What the target did with an item.</summary>
public enum ItemOutcome
{
    /// <summary>Its version was higher than the target's: applied.</summary>
    Applied,

    /// <summary>The target had that version already.</summary>
    AlreadyApplied,

    /// <summary>The target had a higher version: ignored, and rightly so.</summary>
    Superseded,

    /// <summary>Not applied.</summary>
    Failed,
}

/// <summary>The result of one item.</summary>
/// <param name="ItemId">Its <see cref="Submitting.SubmissionItem.ItemId"/>; a result for an unknown item is ignored, unless it failed: then nothing that the answer says of items counts.</param>
/// <param name="Outcome">What the target did.</param>
public sealed record ItemResult(string ItemId, ItemOutcome Outcome)
{
    /// <summary>Whether it may succeed when sent again; counts only where it failed. False by default.</summary>
    public bool IsRetryable { get; init; }

    /// <summary>Why it failed, or null.</summary>
    public Problem? Problem { get; init; }
}
