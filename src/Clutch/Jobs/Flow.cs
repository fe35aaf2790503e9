using Clutch.Steps;

namespace Clutch.Jobs;

/// <summary>The nodes of a job in the order of their definition, and the transitions between them.</summary>
internal sealed record Flow(IReadOnlyList<FlowNode> Nodes, IReadOnlyList<Transition> Transitions)
{
    public FlowNode? First => Nodes.FirstOrDefault(node => !node.IsAside);

    public FlowNode? Find(string name) => Nodes.FirstOrDefault(node => node.Name == name);

    /// <summary>The node that follows in the main sequence, or null at its end.</summary>
    public FlowNode? After(FlowNode node) => node.IsAside ? null : Nodes.SkipWhile(other => other != node).Skip(1).FirstOrDefault(other => !other.IsAside);

    public IEnumerable<StepDefinition> AllSteps() => Nodes.SelectMany(node => node switch
    {
        StepNode step => [step.Step],
        SplitNode split => split.Flows.SelectMany(flow => flow.AllSteps()),
        _ => [],
    });

    /// <summary>The transition for an outcome, the most specific pattern first: more literal characters, then fewer wildcards.</summary>
    public Transition? Match(FlowNode from, string exitCode) => Transitions
        .Where(transition => transition.From == from.Name && transition.Fits(exitCode))
        .MaxBy(transition => transition.Specificity);
}

/// <summary>A place in a flow.</summary>
/// <param name="Name">Its name, unique within the job.</param>
/// <param name="IsAside">Whether only a transition reaches it.</param>
internal abstract record FlowNode(string Name, bool IsAside);

/// <summary>Runs a step.</summary>
internal sealed record StepNode(StepDefinition Step, bool IsAside) : FlowNode(Step.Name, IsAside);

/// <summary>Chooses a way; it is asked again on a restart.</summary>
internal sealed record DecisionNode(string Name, Func<FlowContext, CancellationToken, ValueTask<string>> Decide, bool IsAside) : FlowNode(Name, IsAside);

/// <summary>Runs flows side by side and waits for all; the worst outcome counts.</summary>
internal sealed record SplitNode(string Name, IReadOnlyList<Flow> Flows, bool IsAside) : FlowNode(Name, IsAside);

/// <summary>What follows a node when it ended with an outcome that fits the pattern.</summary>
internal sealed record Transition(string From, string Pattern, TransitionTarget Target)
{
    /// <summary>An exact pattern beats any with wildcards; then literal characters count, then the wildcards against it.</summary>
    public (bool IsExact, int LiteralCount, int MinusWildcards) Specificity
    {
        get
        {
            var wildcards = Pattern.Count(character => character is '*' or '?');
            return (wildcards == 0, Pattern.Length - wildcards, -Pattern.Count(character => character is '*'));
        }
    }

    public bool Fits(string exitCode) => System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(Pattern, exitCode, ignoreCase: false);
}

/// <summary>Where a transition leads.</summary>
internal abstract record TransitionTarget
{
    /// <summary>To another node.</summary>
    public sealed record GoTo(string Node) : TransitionTarget;

    /// <summary>The job ends completed, with this exit code.</summary>
    public sealed record End(string? ExitCode) : TransitionTarget;

    /// <summary>The job ends failed.</summary>
    public sealed record Fail : TransitionTarget;

    /// <summary>The job ends stopped; a restart begins at the node.</summary>
    public sealed record StopAndRestartAt(string Node) : TransitionTarget;
}
