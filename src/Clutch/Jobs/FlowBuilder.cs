using Clutch.Executions;
using Clutch.Steps;

namespace Clutch.Jobs;

/// <summary>Defines a sequence of nodes.</summary>
public sealed class FlowBuilder
{
    private readonly List<FlowNode> _nodes = [];
    private readonly List<Transition> _transitions = [];
    private readonly List<string> _errors = [];
    private bool _isAside;

    internal FlowBuilder()
    {
    }

    internal IEnumerable<string> Errors => _errors;

    /// <summary>Adds a chunk step; a name that is used twice becomes <c>load#2</c>.</summary>
    public FlowBuilder Step(string name, Func<StepBuilder, IStepBuilder> build)
    {
        ArgumentNullException.ThrowIfNull(build);
        var unique = Unique(name);
        try
        {
            Add(build(new(unique)).Build());
        }
        catch (Exception fault) when (fault is ArgumentException or InvalidOperationException)
        {
            _errors.Add($"Step '{name}': {fault.Message}");
        }

        return this;
    }

    /// <summary>Adds a step that is one piece of code; a name that is used twice becomes <c>load#2</c>.</summary>
    public FlowBuilder Step(string name, Func<StepContext, CancellationToken, Task> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        return Add(new TaskStep(work) { Name = Unique(name) });
    }

    /// <summary>Adds another job; it runs as an execution of its own.</summary>
    public FlowBuilder Job(string name, string jobName, Func<StepContext, IReadOnlyDictionary<string, string>>? parameters = null) =>
        Add(new NestedJobStep(jobName, parameters) { Name = Unique(name) });

    /// <summary>Adds a decision; transitions look at what it answers. Within a split there are none, and its answer changes nothing.</summary>
    public FlowBuilder Decide(string name, Func<FlowContext, string> decide)
    {
        ArgumentNullException.ThrowIfNull(decide);
        _nodes.Add(new DecisionNode(Unique(name), (context, _) => new(decide(context)), _isAside));
        return this;
    }

    /// <summary>Adds flows that run side by side.</summary>
    public FlowBuilder Split(string name, params Action<FlowBuilder>[] flows)
    {
        ArgumentNullException.ThrowIfNull(flows);
        var built = flows.Select(build =>
        {
            var flow = new FlowBuilder();
            build(flow);
            _errors.AddRange(flow._errors);
            return flow.Build();
        }).ToList();
        if (built.Count == 0)
            _errors.Add($"Split '{name}' has no flows. Give it those that run side by side, or leave it out.");
        _nodes.Add(new SplitNode(Unique(name), built, _isAside));
        return this;
    }

    internal FlowBuilder Aside(Action<FlowBuilder> build)
    {
        _isAside = true;
        build(this);
        _isAside = false;
        return this;
    }

    internal void Add(Transition transition) => _transitions.Add(transition);

    internal Flow Build() => new([.. _nodes], [.. _transitions]);

    private FlowBuilder Add(StepDefinition step)
    {
        _nodes.Add(new StepNode(step, _isAside));
        return this;
    }

    /// <summary>A step that stands in a job twice is told apart by a number: <c>load</c>, <c>load#2</c>.</summary>
    private string Unique(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        var count = 1;
        var unique = name;
        while (_nodes.Exists(node => node.Name == unique))
            unique = $"{name}#{++count}";
        return unique;
    }
}
