using Clutch.Steps;

namespace Clutch.Jobs;

/// <summary>The job that runs a step's dead letters again.</summary>
internal static class RedriveJob
{
    /// <summary>Tells one re-drive from another, so that letters can be run again more than once.</summary>
    public const string RunParameter = "run";

    /// <exception cref="InvalidOperationException">The job has no such step, or the step's dead letters cannot be run again.</exception>
    public static JobDefinition For(JobDefinition job, string stepName)
    {
        var step = job.Flow.AllSteps().FirstOrDefault(step => step.Name == stepName)
            ?? throw new InvalidOperationException($"Job '{job.Name}' has no step '{stepName}'. It has: {string.Join(", ", job.StepNames)}.");
        return new(new Flow([new StepNode(step.ForRedrive(), IsAside: false)], []), job.Listeners)
        {
            Name = $"{job.Name}/{stepName}/redrive",
            Description = $"Runs the dead letters of step '{stepName}' of job '{job.Name}' again.",
            Parameters =
            [
                new ParameterDefinition<long>(RedriveReader<object>.InstanceParameter),
                new ParameterDefinition<long>(RedriveReader<object>.LetterParameter).Optional(),
                new ParameterDefinition<string>(RedriveReader<object>.FailureParameter).Optional(),
                new ParameterDefinition<string>(RunParameter),
            ],
        };
    }
}
