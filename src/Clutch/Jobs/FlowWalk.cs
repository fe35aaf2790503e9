using System.Diagnostics;
using Clutch.Executions;
using Clutch.Steps;

namespace Clutch.Jobs;

/// <summary>How a flow ended.</summary>
internal sealed record FlowOutcome(BatchStatus Status, string ExitCode, Exception? Fault = null, string? RestartAt = null)
{
    /// <summary>The step was completed by an earlier execution and not run now.</summary>
    public bool IsPassedOver { get; init; }

    public static FlowOutcome Failed(Exception fault) => new(BatchStatus.Failed, nameof(BatchStatus.Failed), fault);
}

/// <summary>Walks the nodes of a flow, choosing the way by their outcomes.</summary>
internal sealed class FlowWalk(JobRun job, StepRunner runner, IServiceProvider services)
{
    public async Task<FlowOutcome> RunAsync(Flow flow, string? startAt)
    {
        var node = startAt is null ? flow.First : flow.Find(startAt) ?? throw new InvalidOperationException(
            $"The execution before this one stopped to be restarted at '{startAt}', which is no node of job '{job.Execution.JobName}' any more. Restore it, or abandon the execution.");
        FlowNode? previous = null;
        FlowOutcome? last = null;
        while (node is not null)
        {
            if (job.Stopping.IsCancellationRequested)
                return new(BatchStatus.Stopped, nameof(BatchStatus.Stopped));
            last = await RunAsync(node, previous, last);
            if (last.Status is BatchStatus.Stopped)
                return last;
            var transition = flow.Match(node, last.ExitCode);
            if (transition is not null && !LeadsOn(transition, last))
                return EndBy(transition, last);
            if (transition is null && last.Status is BatchStatus.Failed)
                return last;
            previous = node;
            node = transition is null ? flow.After(node) : flow.Find(TargetOf(transition));
        }

        // A fault that a transition took care of is behind us; what counts is how the last node ended.
        return last?.Status is BatchStatus.Failed ? last : new(BatchStatus.Completed, last?.ExitCode ?? nameof(BatchStatus.Completed));
    }

    // A step that an earlier execution completed has had its stop: the restart goes on where that stop pointed.
    private static bool LeadsOn(Transition transition, FlowOutcome last) =>
        transition.Target is TransitionTarget.GoTo || (transition.Target is TransitionTarget.StopAndRestartAt && last.IsPassedOver);

    private static string TargetOf(Transition transition) => transition.Target switch
    {
        TransitionTarget.GoTo target => target.Node,
        TransitionTarget.StopAndRestartAt target => target.Node,
        _ => throw new UnreachableException($"Target '{transition.Target}' names no node."),
    };

    private static FlowOutcome EndBy(Transition transition, FlowOutcome last) => transition.Target switch
    {
        TransitionTarget.End end => new(BatchStatus.Completed, end.ExitCode ?? nameof(BatchStatus.Completed)),
        TransitionTarget.Fail => new(BatchStatus.Failed, nameof(BatchStatus.Failed), last.Fault ?? new InvalidOperationException(
            $"Node '{transition.From}' ended '{last.ExitCode}', on which the job is defined to fail.")),
        TransitionTarget.StopAndRestartAt stop => new(BatchStatus.Stopped, nameof(BatchStatus.Stopped), RestartAt: stop.Node),
        _ => throw new UnreachableException($"Unknown target '{transition.Target}'."),
    };

    private Task<FlowOutcome> RunAsync(FlowNode node, FlowNode? previous, FlowOutcome? last) => node switch
    {
        StepNode step => RunStepAsync(step.Step),
        DecisionNode decision => DecideAsync(decision, previous, last),
        SplitNode split => RunSplitAsync(split),
        _ => throw new UnreachableException($"Unknown node '{node}'."),
    };

    private async Task<FlowOutcome> RunStepAsync(StepDefinition step)
    {
        var outcome = await runner.RunAsync(step);
        return new(outcome.Status, outcome.ExitCode, outcome.Fault) { IsPassedOver = outcome.IsPassedOver };
    }

    private async Task<FlowOutcome> DecideAsync(DecisionNode decision, FlowNode? previous, FlowOutcome? last)
    {
        var context = new FlowContext
        {
            Parameters = job.Execution.Parameters,
            JobState = job.State,
            PreviousNode = previous?.Name,
            PreviousExitCode = last?.ExitCode,
            Services = services,
        };
        return new(BatchStatus.Completed, await decision.Decide(context, job.Stopping));
    }

    /// <summary>All flows are awaited, also when one fails: none may work on behind the job's end.</summary>
    private async Task<FlowOutcome> RunSplitAsync(SplitNode split)
    {
        var flows = split.Flows.Select(flow => Task.Run(() => RunAsync(flow, startAt: null))).ToList();
        await ((Task)Task.WhenAll(flows)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var outcomes = new List<FlowOutcome>();
        foreach (var flow in flows)
            outcomes.Add(await OutcomeOf(flow));
        return outcomes.MaxBy(outcome => Badness(outcome.Status))!;
    }

    private static async Task<FlowOutcome> OutcomeOf(Task<FlowOutcome> flow)
    {
        try
        {
            return await flow;
        }
        catch (Exception fault) when (fault is not LeaseLostException)
        {
            return FlowOutcome.Failed(fault);
        }
    }

    private static int Badness(BatchStatus status) => status switch
    {
        BatchStatus.Failed => 2,
        BatchStatus.Stopped => 1,
        _ => 0,
    };
}
