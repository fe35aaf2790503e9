namespace Clutch.Client.Wire;

/// <summary>An alert: one incident, from its opening to its end.</summary>
public sealed record AlertView
{
    /// <summary>Its number.</summary>
    public required long Id { get; init; }

    /// <summary>The rule that fired.</summary>
    public required AlertRule Rule { get; init; }

    /// <summary>How bad it is.</summary>
    public required AlertSeverity Severity { get; init; }

    /// <summary>How far it is.</summary>
    public required AlertState State { get; init; }

    /// <summary>The job it is about, or null where it is about none.</summary>
    public string? Job { get; init; }

    /// <summary>What it is about within the rule and job: the identifying parameters of an instance, a schedule, a channel, a node.</summary>
    public required string Subject { get; init; }

    /// <summary>The execution it is about, or null.</summary>
    public long? ExecutionId { get; init; }

    /// <summary>What happened, in one sentence.</summary>
    public required string What { get; init; }

    /// <summary>Since when (UTC).</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>What was done and what is left undone, or null where nothing is known of it.</summary>
    public string? Impact { get; init; }

    /// <summary>Whether it is tried again, and when; or null where that is no question.</summary>
    public string? Retry { get; init; }

    /// <summary>The page of the dashboard that shows the cause, below the server's address; or null.</summary>
    public string? Path { get; init; }

    /// <summary>The command that mends it once the cause is gone, or null.</summary>
    public string? Command { get; init; }

    /// <summary>When the server noticed it (UTC).</summary>
    public required DateTimeOffset OpenedAt { get; init; }

    /// <summary>When it was last told (UTC); null where it was not, because it is silenced.</summary>
    public DateTimeOffset? NotifiedAt { get; init; }

    /// <summary>Until when it is silenced (UTC), or null.</summary>
    public DateTimeOffset? SilencedUntil { get; init; }

    /// <summary>When somebody took it on (UTC), or null.</summary>
    public DateTimeOffset? AcknowledgedAt { get; init; }

    /// <summary>Who took it on, or null.</summary>
    public string? AcknowledgedBy { get; init; }

    /// <summary>When it ended (UTC), or null while it lasts.</summary>
    public DateTimeOffset? ResolvedAt { get; init; }
}

/// <summary>An alert and what was sent of it.</summary>
public sealed record AlertDetails
{
    /// <summary>The alert.</summary>
    public required AlertView Alert { get; init; }

    /// <summary>Its messages, each to one target, in the order in which they were written.</summary>
    public required IReadOnlyList<AlertDeliveryView> Deliveries { get; init; }
}

/// <summary>A message to one target.</summary>
public sealed record AlertDeliveryView
{
    /// <summary>The target, as the options name it.</summary>
    public required string Target { get; init; }

    /// <summary>What it tells.</summary>
    public required AlertNoticeKind Kind { get; init; }

    /// <summary><c>Pending</c> until it is sent, <c>Submitted</c> while it is, then <c>Synced</c>, or <c>Failed</c> for good; <c>Superseded</c> where it was to be sent again and a newer one of the alert had gone out.</summary>
    public required string Status { get; init; }

    /// <summary>How often it was tried so far.</summary>
    public required int AttemptCount { get; init; }

    /// <summary>When it was written (UTC).</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was delivered, or failed for good (UTC); null before.</summary>
    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>Why the last try failed, or null.</summary>
    public string? Problem { get; init; }
}

/// <summary>Where alerts go. Addresses and secrets are not told.</summary>
/// <param name="Name">Its name in the options.</param>
/// <param name="Kind"><c>webhook</c>, <c>slack</c> or <c>mail</c>.</param>
public sealed record AlertTargetView(string Name, string Kind);

/// <summary>A time in which alerts are kept, but not sent.</summary>
public sealed record AlertSilenceView
{
    /// <summary>Its number.</summary>
    public required long Id { get; init; }

    /// <summary>Only of this rule; null for all.</summary>
    public AlertRule? Rule { get; init; }

    /// <summary>Only of this job; null for all.</summary>
    public string? Job { get; init; }

    /// <summary>Only this alert; null for all.</summary>
    public long? Alert { get; init; }

    /// <summary>When it ends (UTC).</summary>
    public required DateTimeOffset EndsAt { get; init; }

    /// <summary>Who silenced.</summary>
    public required string Author { get; init; }

    /// <summary>Why.</summary>
    public required string Reason { get; init; }

    /// <summary>Since when (UTC).</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A test that is on its way.</summary>
/// <param name="Id">Its name: <c>GET /api/v1/alerts/tests/{id}</c> tells how it fares.</param>
/// <param name="Targets">Where it goes.</param>
public sealed record AlertTestView(string Id, IReadOnlyList<string> Targets);

/// <summary>Which rule fired.</summary>
public enum AlertRule
{
    /// <summary>An execution failed and is not restarted by itself.</summary>
    Failed,

    /// <summary>An execution takes much longer than its job usually does, or longer than it may.</summary>
    RunningTooLong,

    /// <summary>A schedule did not fire when it should, could not launch its job, or left firings out because an earlier one still runs.</summary>
    MissedSchedule,

    /// <summary>A step commits no more chunks, or not even its first.</summary>
    NoProgress,

    /// <summary>A job has many open dead letters.</summary>
    DeadLetters,

    /// <summary>A channel of the outbox is late, stopped, or has failed messages.</summary>
    OutboxLag,

    /// <summary>A process that works vanished.</summary>
    NodeLost,

    /// <summary>The clock of a process differs from the database's.</summary>
    ClockSkew,

    /// <summary>A partition that three nodes in a row died with is not handed out any more.</summary>
    PartitionQuarantined,

    /// <summary>A job has not completed for too long.</summary>
    NoSuccessWithin,
}

/// <summary>How bad an alert is.</summary>
public enum AlertSeverity
{
    /// <summary>It may still come right by itself.</summary>
    Warning,

    /// <summary>A person must act.</summary>
    Critical,
}

/// <summary>How far an alert is.</summary>
public enum AlertState
{
    /// <summary>It lasts, and nobody has taken it on.</summary>
    Open,

    /// <summary>It lasts, and somebody has taken it on: it is not repeated.</summary>
    Acknowledged,

    /// <summary>It is over.</summary>
    Resolved,
}
