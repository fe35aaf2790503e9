namespace Clutch.Jobs;

/// <summary>A job's definition contradicts itself; all faults are told at once.</summary>
public sealed class JobDefinitionException : Exception
{
    internal JobDefinitionException(string jobName, IReadOnlyList<string> errors)
        : base($"Job '{jobName}' is not well defined: {string.Join(" ", errors)}") => Errors = errors;

    /// <summary>All that is wrong, one sentence each.</summary>
    public IReadOnlyList<string> Errors { get; }
}

/// <summary>Finds what is wrong with a flow before it runs.</summary>
internal static class FlowValidation
{
    public static IEnumerable<string> FindErrors(Flow flow)
    {
        foreach (var split in flow.Nodes.OfType<SplitNode>())
        {
            foreach (var error in split.Flows.SelectMany(FindErrors))
                yield return error;
        }

        foreach (var error in UnknownNames(flow))
            yield return error;
        if (flow.First is null)
        {
            if (flow.Nodes.Count > 0)
                yield return "Every node is aside: at least one must be part of the main sequence.";
            yield break;
        }

        foreach (var node in flow.Nodes.Except(Reachable(flow)))
            yield return $"Node '{node.Name}' is never reached: no transition leads to it.";
        foreach (var error in Cycles(flow))
            yield return error;
    }

    /// <summary>A restart finds what became of a step by its name alone, wherever in the job it stands.</summary>
    public static IEnumerable<string> FindRepeatedNames(Flow flow) => AllNodes(flow)
        .GroupBy(node => node.Name, StringComparer.Ordinal)
        .Where(group => group.Count() > 1)
        .Select(group => $"The name '{group.Key}' stands in the flows of splits or beside them more than once. Give each node there a name of its own.");

    private static IEnumerable<FlowNode> AllNodes(Flow flow) =>
        flow.Nodes.Concat(flow.Nodes.OfType<SplitNode>().SelectMany(split => split.Flows).SelectMany(AllNodes));

    private static IEnumerable<string> UnknownNames(Flow flow)
    {
        foreach (var transition in flow.Transitions)
        {
            if (flow.Find(transition.From) is null)
                yield return $"On(\"{transition.From}\") names no node of the job.";
            if (TargetOf(transition) is { } target && flow.Find(target) is null)
                yield return $"The transition from '{transition.From}' on '{transition.Pattern}' leads to '{target}', which is no node of the job.";
        }

        foreach (var twice in flow.Transitions.GroupBy(transition => (transition.From, transition.Pattern)).Where(group => group.Count() > 1))
            yield return $"Node '{twice.Key.From}' has two transitions on '{twice.Key.Pattern}'.";
    }

    private static string? TargetOf(Transition transition) => transition.Target switch
    {
        TransitionTarget.GoTo target => target.Node,
        TransitionTarget.StopAndRestartAt target => target.Node,
        _ => null,
    };

    private static HashSet<FlowNode> Reachable(Flow flow)
    {
        var seen = new HashSet<FlowNode>();
        var open = new Stack<FlowNode>([flow.First!]);
        while (open.TryPop(out var node))
        {
            if (!seen.Add(node))
                continue;
            foreach (var next in Successors(flow, node))
                open.Push(next);
        }

        return seen;
    }

    private static IEnumerable<FlowNode> Successors(Flow flow, FlowNode node)
    {
        var own = flow.Transitions.Where(transition => transition.From == node.Name).ToList();
        foreach (var transition in own)
        {
            if (TargetOf(transition) is { } name && flow.Find(name) is { } target)
                yield return target;
        }

        // A pattern that takes every outcome leaves nothing for the sequence.
        if (!own.Exists(transition => transition.Pattern == "*") && flow.After(node) is { } next)
            yield return next;
    }

    /// <summary>A node from which no way leads out of the job would run for ever.</summary>
    private static IEnumerable<string> Cycles(Flow flow)
    {
        var ending = new HashSet<FlowNode>();
        bool isGrowing;
        do
        {
            isGrowing = false;
            foreach (var node in flow.Nodes.Where(node => !ending.Contains(node)))
            {
                if (CanEnd(flow, node) || Successors(flow, node).Any(ending.Contains))
                    isGrowing |= ending.Add(node);
            }
        }
        while (isGrowing);
        return Reachable(flow).Except(ending).Select(node => $"Node '{node.Name}' is part of a cycle without an exit: no outcome of it ends the job.");
    }

    private static bool CanEnd(Flow flow, FlowNode node)
    {
        var own = flow.Transitions.Where(transition => transition.From == node.Name).ToList();
        return own.Exists(transition => transition.Target is not TransitionTarget.GoTo)
            || (flow.After(node) is null && !own.Exists(transition => transition.Pattern == "*"));
    }
}
