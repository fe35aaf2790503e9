using Clutch.Client.Wire;
using Clutch.Executions;
using Clutch.Items;
using Clutch.Jobs;

namespace Clutch.Server.Queries;

/// <summary>From the engine's records to the wire contract.</summary>
internal static class Views
{
    public static JobView Of(JobDefinition job) => new()
    {
        Name = job.Name,
        Description = job.Description,
        Parameters = [.. job.Parameters.Select(Of)],
        Steps = job.StepNames,
        RestartsAutomatically = job.RestartPolicy is not null,
        MaxRunning = job.MaxRunning,
    };

    public static ExecutionView Of(JobExecution execution) => new()
    {
        Id = execution.Id.Value,
        InstanceId = execution.InstanceId.Value,
        Job = execution.JobName,
        Status = (ExecutionStatus)execution.Status,
        ExitCode = execution.ExitCode,
        Attempt = execution.Attempt,
        Parameters = execution.Parameters.All.ToDictionary(parameter => parameter.Key, parameter => parameter.Value.Value, StringComparer.Ordinal),
        Node = execution.Node,
        StartedAt = execution.StartedAt,
        EndedAt = execution.EndedAt,
        Failure = Of(execution.Failure),
    };

    /// <summary>Without the stack trace: a page of a thousand failures stays small.</summary>
    public static ExecutionView Line(JobExecution execution)
    {
        var view = Of(execution);
        return view with { Failure = view.Failure is { } failure ? failure with { Details = null } : null };
    }

    public static StepView Of(StepExecution step) => new()
    {
        Id = step.Id.Value,
        ExecutionId = step.JobExecutionId.Value,
        Step = step.StepName,
        Partition = step.Partition,
        Status = (ExecutionStatus)step.Status,
        ExitCode = step.ExitCode,
        Node = HasRun(step) ? step.Node : null,
        StartCount = step.StartCount,
        Counts = Of(step.Counts),
        Fraction = step.Fraction,
        StartedAt = step.StartedAt,
        UpdatedAt = step.UpdatedAt,
        EndedAt = step.EndedAt,
        Failure = Of(step.Failure),
    };

    // While a partition waits, its node is the one that ran it before.
    private static bool HasRun(StepExecution step) => step.StartedAt is not null && step.Status is not BatchStatus.Starting;

    public static DeadLetterView Of(DeadLetter letter) => new()
    {
        Id = letter.Id,
        InstanceId = letter.InstanceId.Value,
        StepExecutionId = letter.StepExecutionId.Value,
        Step = letter.StepName,
        Partition = letter.Partition,
        Phase = (SkipPhaseView)letter.Phase,
        Ordinal = letter.Ordinal,
        Location = letter.Location,
        Payload = letter.Payload,
        Status = (DeadLetterState)letter.Status,
        SkippedAt = letter.SkippedAt,
        Failure = Of(letter.Failure)!,
    };

    public static CountsView Of(StepCounts counts) => new()
    {
        Read = counts.Read,
        Written = counts.Written,
        Filtered = counts.Filtered,
        ReadSkipped = counts.ReadSkipped,
        ProcessSkipped = counts.ProcessSkipped,
        WriteSkipped = counts.WriteSkipped,
        Commits = counts.Commits,
        Rollbacks = counts.Rollbacks,
        Retries = counts.Retries,
    };

    public static FailureView? Of(Failure? failure) => failure is null ? null : new(failure.Type, failure.Message, failure.Details);

    private static ParameterView Of(ParameterDefinition parameter) => new()
    {
        Name = parameter.Name,
        Type = parameter.Type.Name,
        IsRequired = parameter.IsRequired,
        IsIdentifying = parameter.IsIdentifying,
        Default = parameter.Default,
        Description = parameter.Description,
    };
}
