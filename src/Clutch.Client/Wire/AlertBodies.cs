using System.ComponentModel.DataAnnotations;

namespace Clutch.Client.Wire;

/// <summary>Which part of the alerts a list shows.</summary>
public sealed record AlertListQuery
{
    /// <summary>Only in this state; null for all.</summary>
    [EnumDataType(typeof(AlertState))]
    public AlertState? State { get; init; }

    /// <summary>Only of this rule; null for all.</summary>
    [EnumDataType(typeof(AlertRule))]
    public AlertRule? Rule { get; init; }

    /// <summary>Only of this job; null for all.</summary>
    [StringLength(200)]
    public string? Job { get; init; }

    /// <summary>The cursor of the page before.</summary>
    [Range(1L, long.MaxValue)]
    public long? Before { get; init; }

    /// <summary>At most so many: 1 to 500; 50 by default.</summary>
    [Range(1, 500)]
    public int? Limit { get; init; }
}

/// <summary>Silences alerts for a while. Without rule, job and alert it silences all.</summary>
public sealed record AlertSilenceBody
{
    /// <summary>Only of this rule; null for all.</summary>
    [EnumDataType(typeof(AlertRule))]
    public AlertRule? Rule { get; init; }

    /// <summary>Only of this job; null for all.</summary>
    [StringLength(200)]
    public string? Job { get; init; }

    /// <summary>Only this alert, by number; null for all.</summary>
    [Range(1L, long.MaxValue)]
    public long? Alert { get; init; }

    /// <summary>For how long, in minutes: 1 to 43,200 (30 days).</summary>
    [Range(1, 43_200)]
    public required int Minutes { get; init; }

    /// <summary>Why, for the audit log and for those who wonder at the silence: 3 to 500 characters.</summary>
    [Required]
    [StringLength(500, MinimumLength = 3)]
    public required string Reason { get; init; }
}

/// <summary>Sends an alert's messages that failed for good again.</summary>
public sealed record AlertResendBody
{
    /// <summary>Only those to this target; null for all.</summary>
    [StringLength(100)]
    public string? Target { get; init; }

    /// <summary>Why, for the audit log: 3 to 500 characters.</summary>
    [Required]
    [StringLength(500, MinimumLength = 3)]
    public required string Reason { get; init; }
}

/// <summary>Tries targets out.</summary>
public sealed record AlertTestBody
{
    /// <summary>Only this target; null for all.</summary>
    [StringLength(100)]
    public string? Target { get; init; }

    /// <summary>Why, for the audit log: up to 500 characters, or null.</summary>
    [StringLength(500)]
    public string? Reason { get; init; }
}
