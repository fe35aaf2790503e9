using System.Collections.Concurrent;
using Clutch.Executions;
using Clutch.Items;
using Clutch.Steps;

namespace Clutch.Testing;

/// <summary>Writes down what listeners hear, one line an event; throws where a test wants it.</summary>
public sealed class RecordingListener : IBatchListener
{
    private readonly ConcurrentQueue<string> _events = new();

    /// <summary>The events in the order in which they came: <c>before job import</c>, <c>chunk load r2 w2</c>, <c>skip load Process 4</c>.</summary>
    public IReadOnlyList<string> Events => [.. _events];

    /// <summary>Looks at each event; what it throws, the listener throws.</summary>
    public Action<string>? OnEvent { get; init; }

    /// <inheritdoc/>
    public ValueTask BeforeJobAsync(JobExecution execution, CancellationToken cancellationToken) => Note($"before job {execution.JobName}");

    /// <inheritdoc/>
    public ValueTask AfterJobAsync(JobExecution execution, CancellationToken cancellationToken) => Note($"after job {execution.JobName} {execution.Status}");

    /// <inheritdoc/>
    public ValueTask BeforeStepAsync(StepContext step, CancellationToken cancellationToken) => Note($"before step {step.StepName}");

    /// <inheritdoc/>
    public ValueTask AfterStepAsync(StepContext step, StepOutcome outcome, CancellationToken cancellationToken) => Note($"after step {step.StepName} {outcome.Status}");

    /// <inheritdoc/>
    public ValueTask AfterChunkAsync(StepContext step, StepCounts counts, CancellationToken cancellationToken) =>
        Note(FormattableString.Invariant($"chunk {step.StepName} r{counts.Read} w{counts.Written}"));

    /// <inheritdoc/>
    public ValueTask OnSkipAsync(StepContext step, DeadLetter letter, CancellationToken cancellationToken) =>
        Note(FormattableString.Invariant($"skip {step.StepName} {letter.Phase} {letter.Ordinal}"));

    private ValueTask Note(string text)
    {
        _events.Enqueue(text);
        OnEvent?.Invoke(text);
        return ValueTask.CompletedTask;
    }
}
