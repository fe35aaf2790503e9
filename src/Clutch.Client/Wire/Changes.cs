using System.ComponentModel.DataAnnotations;

namespace Clutch.Client.Wire;

/// <summary>Asks for an execution of a job.</summary>
public sealed record LaunchBody
{
    /// <summary>The parameters by name, each as text in the invariant culture; none where the job takes none.</summary>
    // Not 'init': a generated reader gives such a property null where the document leaves it out.
    public IReadOnlyDictionary<string, string> Parameters { get; set => field = value ?? Empty; } = Empty;

    private static Dictionary<string, string> Empty => new(StringComparer.Ordinal);

    /// <summary>Why, for the audit log: up to 500 characters, or null.</summary>
    [StringLength(500)]
    public string? Reason { get; init; }
}

/// <summary>What came of a launch, a restart or a re-drive.</summary>
public sealed record LaunchAnswer
{
    /// <summary>Whether an execution was started, or the instance was complete already.</summary>
    public required LaunchOutcome Outcome { get; init; }

    /// <summary>The execution that was started, or the one that completed the instance.</summary>
    public required ExecutionView Execution { get; init; }
}

/// <summary>What a launch did.</summary>
public enum LaunchOutcome
{
    /// <summary>An execution was started.</summary>
    Launched,

    /// <summary>The instance is complete; nothing was started.</summary>
    AlreadyComplete,
}

/// <summary>Why a person changes something; it is kept in the audit log.</summary>
public sealed record ReasonBody
{
    /// <summary>The reason: 3 to 500 characters.</summary>
    [Required]
    [StringLength(500, MinimumLength = 3)]
    public required string Reason { get; init; }
}

/// <summary>Asks to run dead letters of a step again.</summary>
public sealed record RedriveBody
{
    /// <summary>An execution of the instance that left them.</summary>
    [Range(1L, long.MaxValue)]
    public required long ExecutionId { get; init; }

    /// <summary>The step.</summary>
    [Required]
    [StringLength(200, MinimumLength = 1)]
    public required string Step { get; init; }

    /// <summary>The one letter to run, or null for all open ones.</summary>
    [Range(1L, long.MaxValue)]
    public long? Letter { get; init; }

    /// <summary>Why, for the audit log: up to 500 characters, or null.</summary>
    [StringLength(500)]
    public string? Reason { get; init; }
}

/// <summary>Asks to run all dead letters of a step that have an error of one type again, whichever executions left them.</summary>
public sealed record RedriveGroupBody
{
    /// <summary>The job.</summary>
    [Required]
    [StringLength(200, MinimumLength = 1)]
    public required string Job { get; init; }

    /// <summary>The step.</summary>
    [Required]
    [StringLength(200, MinimumLength = 1)]
    public required string Step { get; init; }

    /// <summary>The type of the error, as <see cref="DeadLetterGroup.ErrorType"/> says it.</summary>
    [Required]
    [StringLength(1_000, MinimumLength = 1)]
    public required string ErrorType { get; init; }

    /// <summary>Why, for the audit log: up to 500 characters, or null.</summary>
    [StringLength(500)]
    public string? Reason { get; init; }
}

/// <summary>What came of it: an execution for each job instance that has such letters.</summary>
/// <param name="Executions">The executions that were launched.</param>
/// <param name="IsMore">Whether more instances have such letters than were launched, because one call takes up so many only or the next one was refused: ask again, which tells why where it still is.</param>
public sealed record RedriveGroupAnswer(IReadOnlyList<ExecutionView> Executions, bool IsMore);

/// <summary>Corrects the payload of an open dead letter.</summary>
public sealed record DeadLetterEdit
{
    /// <summary>The new payload as JSON, up to 1,000,000 characters.</summary>
    [Required]
    [StringLength(1_000_000, MinimumLength = 1)]
    public required string Payload { get; init; }

    /// <summary>The reason: 3 to 500 characters.</summary>
    [Required]
    [StringLength(500, MinimumLength = 3)]
    public required string Reason { get; init; }
}
