using Clutch.Executions;

namespace Clutch.Steps;

/// <summary>A step that is one piece of code.</summary>
internal sealed class TaskStep(Func<StepContext, CancellationToken, Task> work) : StepDefinition
{
    public override async Task<StepOutcome> RunAsync(StepRun run)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(run.Stopping, run.Aborted);
        try
        {
            await work(run.Context, ending.Token);
            // Who is asked to stop and returns may have left work undone.
            ending.Token.ThrowIfCancellationRequested();
            return StepOutcome.For(BatchStatus.Completed, run.Context);
        }
        catch (Exception fault)
        {
            return EndFor(fault, run) with { KeepsState = true };
        }
    }
}
