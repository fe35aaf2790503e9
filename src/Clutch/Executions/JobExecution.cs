namespace Clutch.Executions;

/// <summary>Names a job execution.</summary>
public readonly record struct JobExecutionId(long Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>One attempt at a job instance, as the repository knows it.</summary>
public sealed record JobExecution
{
    /// <summary>The parameter that names the schedule which launched an execution: <c>clutch.schedule</c>.</summary>
    public const string ScheduleParameter = "clutch.schedule";

    /// <summary>The exit code of an execution that stopped only because its process left.</summary>
    internal const string HandedBack = "HandedBack";

    /// <summary>Its id in the job repository; later executions have higher ids.</summary>
    public required JobExecutionId Id { get; init; }

    /// <summary>The instance it works on.</summary>
    public required JobInstanceId InstanceId { get; init; }

    /// <summary>The job's name.</summary>
    public required string JobName { get; init; }

    /// <summary>Which attempt at its instance this is, from 1.</summary>
    public required int Attempt { get; init; }

    /// <summary>Where it stands.</summary>
    public required BatchStatus Status { get; init; }

    /// <summary>The outcome its flow ended with, such as <c>Completed</c> or a name of the job's own; <c>HandedBack</c> where it stopped only because its process left; null while it runs.</summary>
    public string? ExitCode { get; init; }

    /// <summary>All parameters of this attempt, identifying or not.</summary>
    public required JobParameters Parameters { get; init; }

    /// <summary>The node that ran or runs it.</summary>
    public required string Node { get; init; }

    /// <summary>The fencing token: who holds an older one cannot commit.</summary>
    public required long Fence { get; init; }

    /// <summary>When its lease ends unless renewed (UTC, database time).</summary>
    public required DateTimeOffset LeaseExpiresAt { get; init; }

    /// <summary>When it was launched (UTC).</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When it ended (UTC), or null while it runs.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Why it failed, or null.</summary>
    public Failure? Failure { get; init; }

    /// <summary>The job context as JSON, or null where nothing was kept.</summary>
    public string? Context { get; init; }

    /// <summary>Where the flow continues when a stop transition named a step, or null.</summary>
    public string? RestartAt { get; init; }

    /// <summary>Whether it stopped only because its process left: nobody asked for it, so another process may go on with it.</summary>
    internal bool IsHandedBack => Status is BatchStatus.Stopped && ExitCode == HandedBack;
}
