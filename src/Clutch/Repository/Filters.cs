using Clutch.Executions;
using Clutch.Items;

namespace Clutch.Repository;

/// <summary>Which executions a list shows.</summary>
public sealed record ExecutionFilter
{
    /// <summary>Only this job, or null for all.</summary>
    public string? JobName { get; init; }

    /// <summary>Only this status, or null for all.</summary>
    public BatchStatus? Status { get; init; }

    /// <summary>Only this instance, or null for all.</summary>
    public JobInstanceId? InstanceId { get; init; }

    /// <summary>Only executions that began at this instant or later (UTC), or null for all.</summary>
    public DateTimeOffset? StartedFrom { get; init; }

    /// <summary>Only executions that began before this instant (UTC), or null for all.</summary>
    public DateTimeOffset? StartedBefore { get; init; }

    /// <summary>Only executions older than this one: the last id of the page before, or null for the first page.</summary>
    public JobExecutionId? Before { get; init; }

    /// <summary>At most so many, 1 to 1,000; 50 by default.</summary>
    public int Limit { get; init; } = 50;
}

/// <summary>Which dead letters a list shows.</summary>
public sealed record DeadLetterFilter
{
    /// <summary>Only of this job instance, or null for all.</summary>
    public JobInstanceId? InstanceId { get; init; }

    /// <summary>Only of this job, or null for all.</summary>
    public string? JobName { get; init; }

    /// <summary>Only of this step, or null for all.</summary>
    public string? StepName { get; init; }

    /// <summary>Only with this status, or null for all; open ones by default.</summary>
    public DeadLetterStatus? Status { get; init; } = DeadLetterStatus.Open;

    /// <summary>Only letters after this id: the last of the page before; 0 for the first page.</summary>
    public long After { get; init; }

    /// <summary>At most so many, 1 to 10,000; 100 by default.</summary>
    public int Limit { get; init; } = 100;
}
