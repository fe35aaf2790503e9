namespace Clutch.Client.Wire;

/// <summary>What a target is told: the body of a webhook, the same bytes each time it is sent.</summary>
public sealed record AlertNotice
{
    /// <summary>Why it is told.</summary>
    public required AlertNoticeKind Kind { get; init; }

    /// <summary>The whole in one line.</summary>
    public required string Title { get; init; }

    /// <summary>When it was written (UTC).</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>How many alerts it tells of; <see cref="Alerts"/> may hold fewer.</summary>
    public required int Count { get; init; }

    /// <summary>The alerts, at most 20.</summary>
    public required IReadOnlyList<AlertNoticeItem> Alerts { get; init; }
}

/// <summary>One alert of a message.</summary>
public sealed record AlertNoticeItem
{
    /// <summary>The alert's number.</summary>
    public required long Id { get; init; }

    /// <summary>The rule.</summary>
    public required AlertRule Rule { get; init; }

    /// <summary>How bad it is.</summary>
    public required AlertSeverity Severity { get; init; }

    /// <summary>The job, or null.</summary>
    public string? Job { get; init; }

    /// <summary>What it is about.</summary>
    public required string Subject { get; init; }

    /// <summary>What happened.</summary>
    public required string What { get; init; }

    /// <summary>Since when (UTC).</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>What was done and what is left undone, or null.</summary>
    public string? Impact { get; init; }

    /// <summary>Whether it is tried again and when, or null.</summary>
    public string? Retry { get; init; }

    /// <summary>The page that shows the cause: whole where the options name the server's public address, else below it; or null.</summary>
    public string? Link { get; init; }

    /// <summary>The command that mends it once the cause is gone, or null.</summary>
    public string? Command { get; init; }
}

/// <summary>Why something is told.</summary>
public enum AlertNoticeKind
{
    /// <summary>It began.</summary>
    Fired,

    /// <summary>It still lasts, and nobody has taken it on.</summary>
    Repeated,

    /// <summary>It is over.</summary>
    Recovered,

    /// <summary>Somebody tries the target out.</summary>
    Test,
}
