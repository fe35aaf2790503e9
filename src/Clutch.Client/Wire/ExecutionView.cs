namespace Clutch.Client.Wire;

/// <summary>Where an execution of a job or a step stands.</summary>
public enum ExecutionStatus
{
    /// <summary>It was created and does not run yet; a partition waits for a claim.</summary>
    Starting,

    /// <summary>It runs.</summary>
    Started,

    /// <summary>It runs and was asked to stop.</summary>
    Stopping,

    /// <summary>It was stopped; a restart goes on at the checkpoint.</summary>
    Stopped,

    /// <summary>It failed; a restart goes on at the checkpoint.</summary>
    Failed,

    /// <summary>It did all its work.</summary>
    Completed,

    /// <summary>It was given up for good.</summary>
    Abandoned,
}

/// <summary>One attempt at a job instance.</summary>
public sealed record ExecutionView
{
    /// <summary>Its number: later executions have greater ones.</summary>
    public required long Id { get; init; }

    /// <summary>The job instance: all attempts with the same identifying parameters share it.</summary>
    public required long InstanceId { get; init; }

    /// <summary>The job.</summary>
    public required string Job { get; init; }

    /// <summary>Where it stands.</summary>
    public required ExecutionStatus Status { get; init; }

    /// <summary>The outcome its flow ended with; null while it runs.</summary>
    public string? ExitCode { get; init; }

    /// <summary>Which attempt at its instance it is, from 1.</summary>
    public required int Attempt { get; init; }

    /// <summary>The parameters it was launched with.</summary>
    public required IReadOnlyDictionary<string, string> Parameters { get; init; }

    /// <summary>The process that runs or ran it.</summary>
    public required string Node { get; init; }

    /// <summary>When it began (UTC).</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When it ended (UTC), or null while it runs.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Why it failed, or null.</summary>
    public FailureView? Failure { get; init; }
}

/// <summary>Why something failed.</summary>
/// <param name="Type">The kind of fault, such as a .NET exception type or <c>LeaseExpired</c>.</param>
/// <param name="Message">What happened, in a sentence.</param>
/// <param name="Details">The stack trace, or null; lists leave it out.</param>
public sealed record FailureView(string Type, string Message, string? Details);
