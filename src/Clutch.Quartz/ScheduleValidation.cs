using System.Text.RegularExpressions;
using Clutch.Jobs;
using Clutch.Launching;
using Clutch.Scheduling.Firings;
using Clutch.Scheduling.Times;
using Quartz;

namespace Clutch.Scheduling;

/// <summary>Checks a definition as far as it can be checked before it fires.</summary>
internal sealed partial class ScheduleValidation(JobCatalog catalog, SchedulerOptions options, TimeProvider timeProvider)
{
    /// <summary>Checks what somebody asks for now: it must have a time to come.</summary>
    /// <exception cref="ScheduleDefinitionException">It does not fit; all faults are told at once.</exception>
    public void Check(ScheduleDefinition definition) => Check(definition, CheckToCome);

    /// <summary>Checks what a program's code says: its last time may have passed since it was written, and that must not keep the program from starting.</summary>
    /// <exception cref="ScheduleDefinitionException">It does not fit; all faults are told at once.</exception>
    public void CheckDeployed(ScheduleDefinition definition) => Check(definition, static (_, _) => { });

    private void Check(ScheduleDefinition definition, Action<CronExpression, List<string>> checkCron)
    {
        ArgumentNullException.ThrowIfNull(definition);
        var errors = new List<string>();
        CheckName(definition, errors);
        CheckSpans(definition, errors);
        CheckTimes(definition, checkCron, errors);
        if (errors.Count == 0)
            CheckJob(definition, errors);
        if (errors.Count > 0)
            throw new ScheduleDefinitionException(definition.Name, errors);
    }

    [GeneratedRegex("^[A-Za-z0-9._-]{1,100}$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Name { get; }

    private void CheckName(ScheduleDefinition definition, List<string> errors)
    {
        if (!Name.IsMatch(definition.Name))
            errors.Add($"The name '{definition.Name}' is not 1 to 100 letters, digits, '.', '-' and '_'.");
        if (definition.NodeLabel is { } label && !options.ClusterLabels.Contains(label))
            errors.Add($"The label '{label}' is not among the cluster's: add it to ClusterLabels on every node.");
    }

    private static void CheckSpans(ScheduleDefinition definition, List<string> errors)
    {
        Check("misfire threshold", definition.MisfireThreshold, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1), errors);
        Check("spread", definition.Spread, TimeSpan.Zero, TimeSpan.FromDays(1), errors);
        Check("jitter", definition.Jitter, TimeSpan.Zero, TimeSpan.FromHours(1), errors);
        if (definition.Trigger is ScheduleTrigger.Every every)
        {
            Check("interval", every.Interval, TimeSpan.FromSeconds(1), TimeSpan.FromDays(365), errors);
            if (every.Interval.Ticks % TimeSpan.TicksPerSecond != 0)
                errors.Add($"The interval '{every.Interval:c}' is not in whole seconds.");
        }

        if (definition.EndsAt <= definition.StartsAt)
            errors.Add($"It ends at {definition.EndsAt:O}, not after its start at {definition.StartsAt:O}.");
    }

    private static void Check(string what, TimeSpan value, TimeSpan least, TimeSpan most, List<string> errors)
    {
        if (value < least || value > most)
            errors.Add($"The {what} '{value:c}' is not between {least:c} and {most:c}.");
    }

    private static void CheckTimes(ScheduleDefinition definition, Action<CronExpression, List<string>> checkCron, List<string> errors)
    {
        if (Zones.Find(definition.TimeZone) is not { } zone)
        {
            errors.Add($"The time zone '{definition.TimeZone}' is not known here; give an IANA name such as 'Europe/Berlin'.");
            return;
        }

        if (definition.Trigger is not ScheduleTrigger.Cron cron)
            return;
        try
        {
            checkCron(CronText.Parse(cron.Expression, zone), errors);
        }
        catch (FormatException fault)
        {
            errors.Add($"The cron expression '{cron.Expression}' cannot be read: {fault.Message}");
        }
    }

    private void CheckToCome(CronExpression cron, List<string> errors)
    {
        if (cron.GetNextValidTimeAfter(timeProvider.GetUtcNow()) is null)
            errors.Add($"The cron expression '{cron.CronExpressionString}' names no time to come.");
    }

    private void CheckJob(ScheduleDefinition definition, List<string> errors)
    {
        if (catalog.Find(definition.JobName) is not { } job)
        {
            errors.Add($"There is no job '{definition.JobName}' in this program.");
            return;
        }

        try
        {
            var now = timeProvider.GetUtcNow();
            var one = FiringParameters.Bind(job, definition, now, runId: null);
            var other = FiringParameters.Bind(job, definition, now.AddDays(400), runId: null);
            if (one.IdentityKey == other.IdentityKey)
                errors.Add($"All firings would be the same piece of work, which is done once: give job '{job.Name}' an identifying parameter with a computed value such as '{{scheduled:yyyy-MM-dd}}', or set Identity to ScheduledTime.");
        }
        catch (JobParametersException fault)
        {
            errors.AddRange(fault.Errors);
        }
        catch (FormatException fault)
        {
            errors.Add(fault.Message);
        }
    }
}
