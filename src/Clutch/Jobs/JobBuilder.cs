using Clutch.Executions;
using Clutch.Steps;

namespace Clutch.Jobs;

/// <summary>Defines a job: its parameters, its steps, and what follows what.</summary>
public sealed class JobBuilder
{
    private readonly string _name;
    private readonly FlowBuilder _flow = new();
    private readonly List<ParameterDefinition> _parameters = [];
    private readonly List<Func<IServiceProvider, IBatchListener>> _listeners = [];
    private string? _description;
    private RestartPolicy? _restartPolicy;
    private int? _maxRunning;

    internal JobBuilder(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        _name = name;
    }

    /// <summary>Says what the job does, for lists.</summary>
    public JobBuilder Describe(string description)
    {
        _description = description;
        return this;
    }

    /// <summary>Has a process with a worker (<c>AddClutchWorker</c>, part of every server and of <c>AddClutchSchedules</c>) restart the job by itself when it failed. Without this, only people and schedules do.</summary>
    /// <param name="policy">When and how often; null for the defaults: 3 restarts without progress, after 10 s, 20 s and 40 s.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value of the policy is out of its range.</exception>
    public JobBuilder RestartAutomatically(RestartPolicy? policy = null)
    {
        _restartPolicy = policy ?? new();
        _restartPolicy.Validate();
        return this;
    }

    /// <summary>Lets at most so many executions of the job run at once, in all processes that share the repository; without this, any number of instances may.</summary>
    /// <remarks>A launch above that is refused (<see cref="Repository.LaunchDecision.LimitReached"/>), not queued.</remarks>
    /// <param name="executions">From 1.</param>
    public JobBuilder MaxRunning(int executions)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(executions);
        _maxRunning = executions;
        return this;
    }

    /// <summary>Declares a parameter: identifying, required, and checked before anything starts, unless told otherwise.</summary>
    /// <typeparam name="T">Any type that parses itself, such as string, numbers, bool, Guid and dates: values are read and stored in the invariant culture.</typeparam>
    /// <param name="name">Its name, once a job.</param>
    /// <param name="configure">More about it, or null.</param>
    public JobBuilder Parameter<T>(string name, Action<ParameterDefinition<T>>? configure = null)
        where T : IParsable<T>
    {
        var parameter = new ParameterDefinition<T>(name);
        configure?.Invoke(parameter);
        _parameters.Add(parameter);
        return this;
    }

    /// <summary>Adds a chunk step to the sequence.</summary>
    /// <param name="name">Its name, by which a restart finds its checkpoint: a step that is renamed begins anew. A name that is used twice in the sequence becomes <c>load#2</c>.</param>
    /// <param name="build">Says what it reads, does and writes.</param>
    public JobBuilder Step(string name, Func<StepBuilder, IStepBuilder> build)
    {
        _flow.Step(name, build);
        return this;
    }

    /// <summary>Adds a step that is one piece of code to the sequence. When it failed or was stopped, a restart runs it again from its beginning.</summary>
    /// <param name="name">Its name, by which a restart knows whether it has completed. A name that is used twice in the sequence becomes <c>load#2</c>.</param>
    /// <param name="work">The code; its token is cancelled when the step is to stop.</param>
    public JobBuilder Step(string name, Func<StepContext, CancellationToken, Task> work)
    {
        _flow.Step(name, work);
        return this;
    }

    /// <summary>Adds nodes that only a transition reaches, such as a clean-up: after each the job ends, unless a transition of its own leads on.</summary>
    /// <remarks>Without it they would be part of the sequence. As all steps, one that has completed is passed over when the instance is restarted.</remarks>
    public JobBuilder Aside(Action<FlowBuilder> build)
    {
        _flow.Aside(build);
        return this;
    }

    /// <summary>Adds a decision to the sequence; transitions look at what it answers, and an answer without one goes on in the sequence.</summary>
    /// <remarks>It is asked again on a restart. One that throws fails the job.</remarks>
    public JobBuilder Decide(string name, Func<FlowContext, string> decide)
    {
        _flow.Decide(name, decide);
        return this;
    }

    /// <summary>Adds flows that run side by side to the sequence; it waits for all, and the worst outcome counts: failed, stopped, completed.</summary>
    /// <remarks>Within a flow nodes follow each other in their order, without transitions. Names are unique over all flows of the job.</remarks>
    public JobBuilder Split(string name, params Action<FlowBuilder>[] flows)
    {
        _flow.Split(name, flows);
        return this;
    }

    /// <summary>Adds another job to the sequence; it runs as an execution of its own.</summary>
    /// <param name="name">The step's name.</param>
    /// <param name="jobName">The job to run.</param>
    /// <param name="parameters">Its parameters, or null for the same as this job's.</param>
    public JobBuilder Job(string name, string jobName, Func<StepContext, IReadOnlyDictionary<string, string>>? parameters = null)
    {
        _flow.Job(name, jobName, parameters);
        return this;
    }

    /// <summary>Says what follows a node, by its outcome. Without a word, completed goes on in the sequence and failed fails the job.</summary>
    /// <remarks>
    /// A failure that a transition takes care of counts no more: the job ends as its last node does. Of several patterns that fit the most specific wins: one without wildcards, then the one with
    /// more letters, then with fewer <c>*</c>. A node that is stopped ends the job stopped, whatever its transitions.
    /// </remarks>
    /// <param name="node">A node of the job's own sequence or of <see cref="Aside"/>, defined before or after; not one within a split.</param>
    public TransitionBuilder On(string node) => new(this, _flow, node);

    /// <summary>Has a listener hear of the job's executions, before those of <c>ClutchBuilder.AddListener</c>.</summary>
    /// <param name="listener">Makes it, once for each execution, with the services of the execution's scope; it is not disposed.</param>
    public JobBuilder Listener(Func<IServiceProvider, IBatchListener> listener)
    {
        _listeners.Add(listener);
        return this;
    }

    internal JobDefinition Build()
    {
        var flow = _flow.Build();
        List<string> errors =
        [
            .. _flow.Errors,
            .. _parameters.GroupBy(parameter => parameter.Name).Where(group => group.Count() > 1).Select(group => $"Parameter '{group.Key}' is declared twice."),
            .. FlowValidation.FindErrors(flow),
            .. FlowValidation.FindRepeatedNames(flow),
        ];
        return errors.Count > 0
            ? throw new JobDefinitionException(_name, errors)
            : new(flow, _listeners) { Name = _name, Description = _description, Parameters = _parameters, RestartPolicy = _restartPolicy, MaxRunning = _maxRunning };
    }
}

/// <summary>Says what follows when a node ended with certain outcomes.</summary>
public sealed class TransitionBuilder
{
    private readonly JobBuilder _job;
    private readonly FlowBuilder _flow;
    private readonly string _from;
    private string _pattern = "*";

    internal TransitionBuilder(JobBuilder job, FlowBuilder flow, string from)
    {
        _job = job;
        _flow = flow;
        _from = from;
    }

    /// <summary>When it failed.</summary>
    public TransitionBuilder Failed() => Outcome("Failed");

    /// <summary>When it completed without an exit code of its own.</summary>
    public TransitionBuilder Completed() => Outcome("Completed");

    /// <summary>Whatever the outcome, failed included, where no other transition of the node fits better.</summary>
    public TransitionBuilder Any() => Outcome("*");

    /// <summary>When its exit code (<see cref="StepContext.ExitCode"/>, else the status; a decision's answer) fits a pattern; <c>*</c> stands for any text, <c>?</c> for one character. Case matters.</summary>
    public TransitionBuilder Outcome(string pattern)
    {
        _pattern = pattern;
        return this;
    }

    /// <summary>The flow goes on with another node, and after it in the sequence.</summary>
    public JobBuilder GoTo(string node) => Add(new TransitionTarget.GoTo(node));

    /// <summary>The job ends completed, so its instance does not run again.</summary>
    /// <param name="exitCode">Its exit code, or null for <c>Completed</c>.</param>
    public JobBuilder End(string? exitCode = null) => Add(new TransitionTarget.End(exitCode));

    /// <summary>The job ends failed.</summary>
    public JobBuilder Fail() => Add(new TransitionTarget.Fail());

    /// <summary>The job ends stopped; the next launch or restart of the instance begins at the node, and stops here no more.</summary>
    public JobBuilder StopAndRestartAt(string node) => Add(new TransitionTarget.StopAndRestartAt(node));

    private JobBuilder Add(TransitionTarget target)
    {
        _flow.Add(new(_from, _pattern, target));
        return _job;
    }
}
