using Clutch.Executions;
using Clutch.Jobs;
using Clutch.Scheduling.Times;

namespace Clutch.Scheduling.Firings;

/// <summary>The parameters of one firing: the schedule's own, and what tells this firing from every other.</summary>
internal static class FiringParameters
{
    /// <summary>The schedule's name, among the parameters of what it launched.</summary>
    public const string Schedule = JobExecution.ScheduleParameter;

    /// <summary>The time the firing was meant for; part of the job instance's identity unless the schedule says otherwise.</summary>
    public const string ScheduledAt = "clutch.scheduled-at";

    /// <summary>What tells a run asked for by hand from the firing of the same second.</summary>
    public const string Run = "clutch.run";

    /// <summary>Whether the firing launched the execution, here or on a node before.</summary>
    public static bool IsOf(Firing firing, JobExecution execution) =>
        execution.Parameters.Get(Schedule, string.Empty) == firing.Definition.Name
        && execution.Parameters.Get(ScheduledAt, string.Empty) == JobParameters.Format(firing.ScheduledAt)
        && execution.Parameters.Get(Run, string.Empty) == (firing.RunId ?? string.Empty);

    /// <summary>Whether an earlier firing of the schedule launched the execution, or the one that it takes up.</summary>
    public static bool IsOfEarlier(Firing firing, JobExecution execution) =>
        execution.Parameters.Get(Schedule, string.Empty) == firing.Definition.Name
        && execution.Parameters.Get(ScheduledAt, string.Empty) is { Length: > 0 } at
        // Times of this form are in order as texts.
        && string.CompareOrdinal(at, JobParameters.Format(firing.ScheduledAt)) < 0;

    /// <exception cref="JobParametersException">The parameters do not fit the job.</exception>
    /// <exception cref="FormatException">A template is none.</exception>
    public static JobParameters Bind(JobDefinition job, ScheduleDefinition definition, DateTimeOffset scheduledAt, string? runId)
    {
        var zone = Zones.Of(definition);
        var values = definition.Parameters.ToDictionary(
            parameter => parameter.Key, parameter => ParameterTemplate.Expand(parameter.Value, definition.Name, scheduledAt, zone), StringComparer.Ordinal);
        var isIdentity = definition.Identity is FiringIdentity.ScheduledTime;
        var marks = new Dictionary<string, JobParameter>(StringComparer.Ordinal)
        {
            [Schedule] = new(definition.Name, isIdentity),
            [ScheduledAt] = new(JobParameters.Format(scheduledAt), isIdentity),
        };
        if (runId is not null)
            marks[Run] = new(runId, IsIdentifying: true);
        return new(job.Bind(values).All.Concat(marks));
    }
}
