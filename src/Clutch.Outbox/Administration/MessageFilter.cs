namespace Clutch.Outbox.Administration;

/// <summary>Which messages; what is null does not matter.</summary>
public sealed record MessageFilter
{
    /// <summary>The channel.</summary>
    public required string Channel { get; init; }

    /// <summary>The group.</summary>
    public string? Group { get; init; }

    /// <summary>The key.</summary>
    public string? Key { get; init; }

    /// <summary>The status.</summary>
    public MessageStatus? Status { get; init; }

    /// <summary>Why it failed.</summary>
    public FailureKind? FailureKind { get; init; }

    /// <summary>The type of the problem it failed with.</summary>
    public string? ProblemType { get; init; }

    /// <summary>Only those that failed with no type of a problem, or an empty one.</summary>
    public bool HasNoProblemType { get; init; }
}

/// <summary>What is to be sent again.</summary>
public sealed record Redrive
{
    /// <summary>Names the command: given again, it goes on where it was cut off. At most 100 characters.</summary>
    public required string CommandId { get; init; }

    /// <summary>Which failed messages; its status is ignored.</summary>
    public required MessageFilter Filter { get; init; }

    /// <summary>Who wants it, for the audit trail.</summary>
    public required string By { get; init; }

    /// <summary>How many messages a second become due; null for all at once.</summary>
    public double? RatePerSecond { get; init; }
}

/// <summary>What a re-drive did, or would do.</summary>
/// <param name="MatchedCount">Failed messages that the filter names.</param>
/// <param name="RedrivenCount">Sent again.</param>
/// <param name="SupersededCount">Not sent, for a newer version of the key is synced or under way, or failed too where the latest wins.</param>
public readonly record struct RedriveResult(int MatchedCount, int RedrivenCount, int SupersededCount);
