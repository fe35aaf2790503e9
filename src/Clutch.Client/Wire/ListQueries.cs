using System.ComponentModel.DataAnnotations;

namespace Clutch.Client.Wire;

/// <summary>Which executions a list shows.</summary>
public sealed record ExecutionListQuery
{
    /// <summary>Only this job; null for all.</summary>
    [StringLength(200)]
    public string? Job { get; init; }

    /// <summary>Only this status; null for all.</summary>
    [EnumDataType(typeof(ExecutionStatus))]
    public ExecutionStatus? Status { get; init; }

    /// <summary>Only this job instance; null for all.</summary>
    [Range(1L, long.MaxValue)]
    public long? Instance { get; init; }

    /// <summary>Only those that began at this instant or later; null for all.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Only those that began before this instant; null for all.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>The cursor of the page before.</summary>
    [Range(1L, long.MaxValue)]
    public long? Before { get; init; }

    /// <summary>At most so many: 1 to 500; 50 by default.</summary>
    [Range(1, 500)]
    public int? Limit { get; init; }
}

/// <summary>Which steps of an execution a list shows.</summary>
public sealed record StepListQuery
{
    /// <summary>Only this step; null for all.</summary>
    [StringLength(200)]
    public string? Step { get; init; }

    /// <summary>The cursor of the page before.</summary>
    [Range(0L, long.MaxValue)]
    public long? After { get; init; }

    /// <summary>At most so many: 1 to 1,000; 200 by default.</summary>
    [Range(1, 1_000)]
    public int? Limit { get; init; }
}

/// <summary>Which dead letters a list or an export shows.</summary>
public sealed record DeadLetterQuery
{
    /// <summary>Only of this job; null for all.</summary>
    [StringLength(200)]
    public string? Job { get; init; }

    /// <summary>Only of this step; null for all.</summary>
    [StringLength(200)]
    public string? Step { get; init; }

    /// <summary>Only of the instance of this execution; null for all.</summary>
    [Range(1L, long.MaxValue)]
    public long? Execution { get; init; }

    /// <summary>Only with this status; null for open ones.</summary>
    [EnumDataType(typeof(DeadLetterState))]
    public DeadLetterState? Status { get; init; }

    /// <summary>The cursor of the page before.</summary>
    [Range(0L, long.MaxValue)]
    public long? After { get; init; }

    /// <summary>At most so many: 1 to 1,000; 100 by default. An export has no limit.</summary>
    [Range(1, 1_000)]
    public int? Limit { get; init; }
}

/// <summary>Which audit entries a list shows.</summary>
public sealed record AuditQuery
{
    /// <summary>Only by this actor, such as <c>user:anna</c>; null for all.</summary>
    [StringLength(200)]
    public string? Actor { get; init; }

    /// <summary>Only this action, such as <c>execution.stop</c>; null for all.</summary>
    [StringLength(100)]
    public string? Action { get; init; }

    /// <summary>Only to this target, such as <c>execution:17</c>; null for all.</summary>
    [StringLength(500)]
    public string? Target { get; init; }

    /// <summary>The cursor of the page before.</summary>
    [Range(1L, long.MaxValue)]
    public long? Before { get; init; }

    /// <summary>At most so many: 1 to 500; 50 by default.</summary>
    [Range(1, 500)]
    public int? Limit { get; init; }
}

/// <summary>Which part of the history of firings a list shows.</summary>
public sealed record FiringQuery
{
    /// <summary>Only of this schedule; null for all.</summary>
    [StringLength(100)]
    public string? Schedule { get; init; }

    /// <summary>Only before this instant: the oldest of the page before; null for all.</summary>
    public DateTimeOffset? Before { get; init; }

    /// <summary>At most so many: 1 to 500; 50 by default.</summary>
    [Range(1, 500)]
    public int? Limit { get; init; }
}

/// <summary>Which messages of a channel a list shows.</summary>
public sealed record OutboxMessageQuery
{
    /// <summary>Only of this group; null for all.</summary>
    [StringLength(200)]
    public string? Group { get; init; }

    /// <summary>Only of this key; null for all.</summary>
    [StringLength(500)]
    public string? Key { get; init; }

    /// <summary>Only with this status: <c>Pending</c>, <c>Submitted</c>, <c>Synced</c>, <c>Failed</c> or <c>Superseded</c>; null for all.</summary>
    [RegularExpression("^(Pending|Submitted|Synced|Failed|Superseded)$")]
    public string? Status { get; init; }

    /// <summary>The cursor of the page before.</summary>
    [Range(0L, long.MaxValue)]
    public long? After { get; init; }

    /// <summary>At most so many: 1 to 1,000; 100 by default.</summary>
    [Range(1, 1_000)]
    public int? Limit { get; init; }
}
