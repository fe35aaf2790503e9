using Clutch.Executions;
using Clutch.Items;
using Clutch.Jobs;
using Clutch.Steps;

namespace Clutch.Hosting;

/// <summary>Tells a person, or a program, what a command found and did.</summary>
internal abstract class CommandOutput
{
    public abstract void Say(string message);

    public abstract void Jobs(IEnumerable<JobDefinition> jobs);

    public abstract void Recovered(JobExecution execution);

    public abstract void Launched(JobExecution execution);

    public abstract void Progress(JobExecution execution, IReadOnlyList<StepProgressSnapshot> steps);

    public abstract void Ended(JobExecution execution, IReadOnlyList<StepExecution> steps);

    public abstract void Executions(IReadOnlyList<JobExecution> executions);

    public abstract void Execution(JobExecution execution, IReadOnlyList<StepExecution> steps);

    public abstract void DeadLetters(IReadOnlyList<DeadLetter> letters);
}
