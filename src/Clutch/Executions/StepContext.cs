namespace Clutch.Executions;

/// <summary>What a step knows of itself: its reader, processors, writer and task receive it.</summary>
public sealed class StepContext
{
    /// <summary>The job's name.</summary>
    public required string JobName { get; init; }

    /// <summary>The step's name within the job.</summary>
    public required string StepName { get; init; }

    /// <summary>The partition at work, or null in a step without partitions.</summary>
    public string? Partition { get; init; }

    /// <summary>What the partition covers, as its partitioner wrote it, or null.</summary>
    public string? PartitionData { get; init; }

    /// <summary>The job instance.</summary>
    public required JobInstanceId InstanceId { get; init; }

    /// <summary>The job execution.</summary>
    public required JobExecutionId JobExecutionId { get; init; }

    /// <summary>The step execution.</summary>
    public required StepExecutionId StepExecutionId { get; init; }

    /// <summary>The parameters of the job execution; where dead letters run again, those of their instance's latest execution.</summary>
    public required JobParameters Parameters { get; init; }

    /// <summary>Services of this step execution's scope.</summary>
    public required IServiceProvider Services { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider TimeProvider { get; init; }

    /// <summary>The values this step keeps across restarts; stored with each chunk commit.</summary>
    public ContextValues State { get; init; } = new();

    /// <summary>The values the whole job keeps across steps and restarts; stored when a step ends, so a process that dies takes along what was set since.</summary>
    /// <remarks>
    /// Where dead letters run again, and in the partitions that another process than the job's own runs, they can be read, and what is set is forgotten.
    /// </remarks>
    public ContextValues JobState { get; init; } = new();

    /// <summary>Whether an earlier execution of the same instance had already begun this step.</summary>
    public bool IsRestart { get; init; }

    /// <summary>The parameters of the re-drive that runs dead letters of the step again, or null where its own records are read.</summary>
    internal JobParameters? Redrive { get; init; }

    /// <summary>The outcome that transitions look at; null, the default, stands for the status.</summary>
    public string? ExitCode { get; set; }
}
