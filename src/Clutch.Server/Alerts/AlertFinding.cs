using Clutch.Client.Wire;

namespace Clutch.Server.Alerts;

/// <summary>Something that is not as it should be, as a rule sees it now.</summary>
internal sealed record AlertFinding
{
    public required AlertRule Rule { get; init; }

    public required AlertSeverity Severity { get; init; }

    /// <summary>What tells it from other findings of the rule and job, for as long as it lasts.</summary>
    public required string Key { get; init; }

    public string? Job { get; init; }

    /// <summary>What it is about, for people.</summary>
    public required string Subject { get; init; }

    public long? ExecutionId { get; init; }

    public required string What { get; init; }

    public required DateTimeOffset Since { get; init; }

    public string? Impact { get; init; }

    public string? Retry { get; init; }

    /// <summary>The page below the server's address, or null.</summary>
    public string? Path { get; init; }

    public string? Command { get; init; }

    /// <summary>One incident has one.</summary>
    public string Fingerprint => $"{Rule}/{Job}/{Key}";
}
