using Clutch.Executions;
using Clutch.Items;

namespace Clutch.Steps;

/// <summary>Hears of what happens in a job; implement only what you need.</summary>
/// <remarks>
/// Calls come one at a time and in order for a step, whatever its concurrency, and for each of its partitions; those of partitions that run side by side come side by
/// side, for a partition must not wait within its transaction. A listener that throws fails the step (before, chunk, skip) or is
/// logged and changes nothing (after).
/// </remarks>
public interface IBatchListener
{
    /// <summary>A job execution begins.</summary>
    ValueTask BeforeJobAsync(JobExecution execution, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>A job execution has ended and its end is recorded.</summary>
    ValueTask AfterJobAsync(JobExecution execution, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>A step execution begins.</summary>
    ValueTask BeforeStepAsync(StepContext step, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>A step execution ends; its end is recorded next.</summary>
    ValueTask AfterStepAsync(StepContext step, StepOutcome outcome, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>A chunk has committed.</summary>
    /// <param name="step">The step.</param>
    /// <param name="counts">The step execution's counters, the chunk included.</param>
    /// <param name="cancellationToken">Cancelled when the execution is given up.</param>
    ValueTask AfterChunkAsync(StepContext step, StepCounts counts, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>An item is skipped; its chunk is about to commit.</summary>
    ValueTask OnSkipAsync(StepContext step, DeadLetter letter, CancellationToken cancellationToken) => ValueTask.CompletedTask;
}
