namespace Clutch.Steps;

/// <summary>A step as its job defines it.</summary>
internal abstract class StepDefinition
{
    public required string Name { get; init; }

    /// <summary>How often it may begin over the whole job instance, or null for no limit.</summary>
    public int? StartLimit { get; set; }

    /// <summary>Whether a restart runs it again although it has completed.</summary>
    public bool RunsAgainOnRestart { get; set; }

    /// <summary>Whether it commits chunk by chunk.</summary>
    public virtual bool WorksInChunks => false;

    /// <summary>Does the step's work; never records its end, the caller does.</summary>
    /// <exception cref="LeaseLostException">Another owner has the execution.</exception>
    public abstract Task<StepOutcome> RunAsync(StepRun run);

    /// <summary>What is wrong with what all partitions of the step did together, or null.</summary>
    public virtual Exception? FindFault(Executions.StepCounts counts) => null;

    /// <summary>The same step over its own dead letters.</summary>
    /// <exception cref="InvalidOperationException">Its items cannot be had back from dead letters; the message says why.</exception>
    public virtual StepDefinition ForRedrive() =>
        throw new InvalidOperationException($"Step '{Name}' leaves no dead letters: it does not work in chunks.");

    /// <summary>Turns a fault into the end it means for the step.</summary>
    protected static StepOutcome EndFor(Exception fault, StepRun run)
    {
        if (fault is LeaseLostException || run.Aborted.IsCancellationRequested)
            throw fault as LeaseLostException ?? new LeaseLostException($"The lease of job execution {run.Context.JobExecutionId} went to another owner.");
        if (fault is OperationCanceledException && run.Stopping.IsCancellationRequested)
            return StepOutcome.For(Executions.BatchStatus.Stopped, run.Context);
        return new() { Status = Executions.BatchStatus.Failed, ExitCode = nameof(Executions.BatchStatus.Failed), Fault = fault };
    }
}
