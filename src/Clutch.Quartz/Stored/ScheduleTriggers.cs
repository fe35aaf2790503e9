using Clutch.Scheduling.Times;
using Quartz;

namespace Clutch.Scheduling.Stored;

/// <summary>Turns definitions into the scheduler's own jobs and triggers.</summary>
internal static class ScheduleTriggers
{
    /// <summary>When a firing was meant to happen, on triggers that fire for another time than their own.</summary>
    public const string ScheduledAt = "scheduledAt";

    /// <summary>The id of a run that somebody asked for.</summary>
    public const string Run = "run";

    /// <summary>The execution to take up again.</summary>
    public const string Resume = "resume";

    /// <summary>How often it has been put off because a limit was reached.</summary>
    public const string Waits = "waits";

    /// <summary>Whether it may have launched its job already.</summary>
    public const string Recovery = "recovery";

    /// <summary>Since when only nodes without its job have taken it.</summary>
    public const string UnhostedSince = "unhostedSince";

    /// <summary>The group of triggers that fire once: by hand, put off, or taken up again.</summary>
    public const string OnceGroup = "clutch-once";

    public static IJobDetail JobFor(StoredSchedule stored) => JobBuilder.Create<Firings.ScheduledLaunch>()
        .WithIdentity(StoredSchedule.KeyOf(stored.Definition.Name))
        .WithDescription(stored.Definition.Description)
        .StoreDurably()
        .RequestRecovery()
        .DisallowConcurrentExecution(IsSerial(stored.Definition))
        .UsingJobData(stored.Write())
        .Build();

    /// <summary>Whether two definitions fire at the same times.</summary>
    public static bool HaveSameTimes(ScheduleDefinition one, ScheduleDefinition other) =>
        (one.Trigger, one.TimeZone, one.StartsAt, one.EndsAt, one.Spread) == (other.Trigger, other.TimeZone, other.StartsAt, other.EndsAt, other.Spread);

    /// <summary>Whether a firing waits while an earlier one runs.</summary>
    public static bool IsSerial(ScheduleDefinition definition) => definition.Overlap is OverlapRule.Wait || definition is { Misfire: MisfireRule.RunAll, Overlap: OverlapRule.Skip };

    /// <summary>The trigger, or null where the definition names no time to come.</summary>
    /// <param name="definition">The definition.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="due">When it was to fire next, or null where it is new: if that has passed, the trigger begins there, and its misfire rule says what becomes of it.</param>
    public static ITrigger? For(ScheduleDefinition definition, TimeProvider timeProvider, DateTimeOffset? due = null)
    {
        var now = timeProvider.GetUtcNow();
        var times = new FiringTimes(definition);
        // A missed firing that is about to be made up for is due at no time that the definition names.
        if ((due is { } at && at <= now ? times.MeantFor(at) : times.After(now)) is not { } first)
            return null;
        return TriggerBuilder.Create(timeProvider)
            .WithIdentity(StoredSchedule.TriggerKeyOf(definition.Name))
            .ForJob(StoredSchedule.KeyOf(definition.Name))
            .StartAt(first)
            .EndAt(definition.EndsAt)
            .WithExecutionGroup(ExecutionGroups.Of(definition))
            .WithMisfireThreshold(definition.MisfireThreshold)
            .WithSchedule(times.Cron is null ? Interval(definition) : Cron(definition, times))
            .Build();
    }

    /// <summary>A trigger that fires once.</summary>
    public static ITrigger Once(ScheduleDefinition definition, string name, DateTimeOffset at, TimeProvider timeProvider, params IEnumerable<(string Key, string Value)> data)
    {
        var builder = TriggerBuilder.Create(timeProvider)
            .WithIdentity(name, OnceGroup)
            .ForJob(StoredSchedule.KeyOf(definition.Name))
            .StartAt(at)
            .WithExecutionGroup(ExecutionGroups.Of(definition))
            // Whatever waits for a free slot, waits: it is late, not missed.
            .WithSchedule(SimpleScheduleBuilder.Create().WithMisfireInstruction(SimpleTriggerMisfireInstruction.IgnoreMisfires));
        foreach (var (key, value) in data)
            builder.UsingJobData(key, value);
        return builder.Build();
    }

    private static CronScheduleBuilder Cron(ScheduleDefinition definition, FiringTimes times) => CronScheduleBuilder.Create(times.Cron!)
        .InTimeZone(times.Zone)
        .WithMisfireInstruction(definition.Misfire switch
        {
            MisfireRule.RunOnce => CronTriggerMisfireInstruction.FireAndProceed,
            MisfireRule.Skip => CronTriggerMisfireInstruction.DoNothing,
            _ => CronTriggerMisfireInstruction.IgnoreMisfires,
        });

    // A simple trigger would count anew from a missed firing that is made up for; this one keeps to its grid.
    private static CalendarIntervalScheduleBuilder Interval(ScheduleDefinition definition) => CalendarIntervalScheduleBuilder.Create()
        .WithInterval((int)((ScheduleTrigger.Every)definition.Trigger).Interval.TotalSeconds, IntervalUnit.Second)
        .InTimeZone(TimeZoneInfo.Utc)
        .WithMisfireInstruction(definition.Misfire switch
        {
            MisfireRule.RunOnce => CalendarIntervalTriggerMisfireInstruction.FireAndProceed,
            MisfireRule.Skip => CalendarIntervalTriggerMisfireInstruction.DoNothing,
            _ => CalendarIntervalTriggerMisfireInstruction.IgnoreMisfires,
        });
}
