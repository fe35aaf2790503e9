namespace Clutch.Client.Wire;

/// <summary>A change that somebody made, or tried to make.</summary>
public sealed record AuditEntryView
{
    /// <summary>Its number: later entries have greater ones.</summary>
    public required long Id { get; init; }

    /// <summary>When (UTC).</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Who: <c>user:anna</c>, <c>key:deploy</c>, <c>local</c> or <c>cli:root</c>.</summary>
    public required string Actor { get; init; }

    /// <summary>What, such as <c>execution.stop</c>.</summary>
    public required string Action { get; init; }

    /// <summary>To what, such as <c>execution:17</c>.</summary>
    public required string Target { get; init; }

    /// <summary>Why, or null where no reason was given.</summary>
    public string? Reason { get; init; }

    /// <summary>What was before, as JSON, or null.</summary>
    public string? Before { get; init; }

    /// <summary>What is after, as JSON, or null.</summary>
    public string? After { get; init; }

    /// <summary>What came of it.</summary>
    public required AuditOutcome Outcome { get; init; }
}

/// <summary>What came of a change.</summary>
public enum AuditOutcome
{
    /// <summary>It was begun; a server that died on the way leaves it so.</summary>
    Begun,

    /// <summary>It was done.</summary>
    Done,

    /// <summary>It was refused, and nothing was changed.</summary>
    Refused,

    /// <summary>It failed.</summary>
    Failed,
}
