using Clutch.Executions;
using Clutch.Repository;
using Microsoft.Extensions.Logging;

namespace Clutch.Steps;

/// <summary>What surrounds one step execution while it runs.</summary>
internal sealed record StepRun
{
    public required StepContext Context { get; init; }

    public required StepExecution Execution { get; init; }

    /// <summary>What earlier executions of the instance committed in this step: skip limits and ordinals go on from there.</summary>
    public StepCounts Earlier { get; init; }

    /// <summary>Whether it takes up what an earlier execution of the instance left unfinished.</summary>
    public bool IsResumed { get; init; }

    /// <summary>What counts against the skip limit, shared with the other partitions of the step; null for a step as a whole.</summary>
    public SkipCount? Skipped { get; private init; }

    public required ResilientJobRepository Repository { get; init; }

    /// <summary>The lease of the job execution.</summary>
    public required JobLease Lease { get; init; }

    public required TimeSpan LeaseDuration { get; init; }

    /// <summary>The partitions at work in this process, which are renewed with the lease.</summary>
    public required PartitionsAtWork AtWork { get; init; }

    public required IReadOnlyList<IBatchListener> Listeners { get; init; }

    public required ILogger Logger { get; init; }

    public required StepProgress Progress { get; init; }

    public IFaultInjector? Faults { get; init; }

    /// <summary>Whether it runs dead letters again: those that fail again are open already and get no second letter.</summary>
    public bool IsRedrive { get; private init; }

    /// <summary>Cancelled when the execution is asked to stop: it ends at the next chunk boundary.</summary>
    public required CancellationToken Stopping { get; init; }

    /// <summary>Cancelled when the execution is given up at once, for its lease is lost: nothing may commit any more.</summary>
    public required CancellationToken Aborted { get; init; }

    /// <summary>Called when a commit's answer says that a stop was asked for.</summary>
    public required Action RequestStop { get; init; }

    /// <summary>Whether a stop means that this process leaves, and others go on: what it holds is handed back.</summary>
    public Func<bool> IsHandingBack { get; init; } = static () => false;

    public void Reach(FaultPoint point) => Faults?.Reach(point);

    /// <summary>The same surroundings for dead letters of an instance, whose latest execution is given.</summary>
    public StepRun ForRedrive(JobExecution latest) => this with
    {
        IsRedrive = true,
        Context = new()
        {
            JobName = Context.JobName,
            StepName = Context.StepName,
            InstanceId = Context.InstanceId,
            JobExecutionId = Context.JobExecutionId,
            StepExecutionId = Context.StepExecutionId,
            Parameters = latest.Parameters,
            Redrive = Context.Parameters,
            Services = Context.Services,
            TimeProvider = Context.TimeProvider,
            State = Context.State,
            JobState = new(latest.Context),
            IsRestart = Context.IsRestart,
        },
    };

    /// <summary>The same surroundings for one partition of this step.</summary>
    public StepRun ForPartition(StepExecution partition, StepCounts earlier, SkipCount skipped, StepProgress progress, IServiceProvider services) => this with
    {
        Context = new()
        {
            JobName = Context.JobName,
            StepName = Context.StepName,
            Partition = partition.Partition,
            PartitionData = partition.PartitionData,
            InstanceId = Context.InstanceId,
            JobExecutionId = Context.JobExecutionId,
            StepExecutionId = partition.Id,
            Parameters = Context.Parameters,
            Services = services,
            TimeProvider = Context.TimeProvider,
            State = new(partition.Context),
            JobState = Context.JobState,
            IsRestart = partition.StartCount > 1,
        },
        Execution = partition,
        Earlier = earlier,
        IsResumed = partition.StartCount > 1,
        Skipped = skipped,
        Progress = progress,
    };
}

/// <summary>The lease of an execution is lost: another owner has it, and nothing of this one may commit.</summary>
internal sealed class LeaseLostException(string message) : Exception(message);
