using System.Globalization;
using Clutch.Executions;
using Clutch.Scheduling.Stored;
using Clutch.Scheduling.Times;
using Quartz;

namespace Clutch.Scheduling.Firings;

/// <summary>One firing of a schedule, on the node that runs it.</summary>
internal sealed record Firing
{
    public required string Id { get; init; }

    public required IScheduler Scheduler { get; init; }

    public required ScheduleDefinition Definition { get; init; }

    public required FiringTimes Times { get; init; }

    /// <summary>The time it was meant for, spread and jitter left out.</summary>
    public required DateTimeOffset ScheduledAt { get; init; }

    public required DateTimeOffset FiredAt { get; init; }

    /// <summary>The id of a run that somebody asked for, or null.</summary>
    public string? RunId { get; init; }

    /// <summary>The execution that a node handed back, or null.</summary>
    public JobExecutionId? Resume { get; init; }

    /// <summary>How often it has been put off because a limit was reached.</summary>
    public int WaitCount { get; init; }

    /// <summary>Whether it may have launched its job already: another node died with it, or the database was away.</summary>
    public required bool IsRecovery { get; init; }

    /// <summary>Whether another node died with it: it had its turn there, and nothing that began since is earlier.</summary>
    public bool IsTakenOver { get; init; }

    /// <summary>Since when only nodes without its job have taken it, or null.</summary>
    public DateTimeOffset? UnhostedSince { get; init; }

    /// <summary>Whether its schedule was deleted meanwhile.</summary>
    public bool IsDeleted { get; init; }

    /// <summary>Whether the schedule's rhythm made it, and it has launched nothing yet: one that was asked for by hand or goes on with an execution is run whatever becomes of the schedule.</summary>
    public bool IsPlanned => RunId is null && Resume is null && !IsRecovery;

    /// <summary>Whether it has been put off already, or is not to be put off.</summary>
    public required bool IsDue { get; init; }

    /// <summary>The name of the trigger that fires it again. A planned one that has waited stands among those of its schedule, in the order of their times.</summary>
    public string NameOfPutOff => IsPlanned && WaitCount > 0
        ? $"{WaitingOf(Definition.Name)}{JobParameters.Format(ScheduledAt)}/{Id}"
        : $"{Definition.Name}/{JobParameters.Format(ScheduledAt)}/{Id}";

    public static string WaitingOf(string schedule) => $"{schedule}/wait/";

    public static Firing Of(IJobExecutionContext context)
    {
        var stored = StoredSchedule.Read(context.JobDetail.JobDataMap);
        var data = context.MergedJobDataMap;
        var times = new FiringTimes(stored.Definition);
        var own = Text(data, ScheduleTriggers.ScheduledAt);
        return new()
        {
            Id = context.FireInstanceId,
            Scheduler = context.Scheduler,
            Definition = stored.Definition,
            Times = times,
            ScheduledAt = own is null ? times.MeantFor(FiredFor(context)) : Instant(own),
            FiredAt = context.FireTimeUtc,
            RunId = Text(data, ScheduleTriggers.Run),
            Resume = Text(data, ScheduleTriggers.Resume) is { } id ? new(long.Parse(id, CultureInfo.InvariantCulture)) : null,
            WaitCount = Text(data, ScheduleTriggers.Waits) is { } count ? int.Parse(count, CultureInfo.InvariantCulture) : 0,
            IsRecovery = context.Recovering || Text(data, ScheduleTriggers.Recovery) is not null,
            IsTakenOver = context.Recovering,
            UnhostedSince = Text(data, ScheduleTriggers.UnhostedSince) is { } since ? Instant(since) : null,
            IsDeleted = stored.IsDeleted,
            IsDue = own is not null || context.Recovering,
        };
    }

    private static DateTimeOffset FiredFor(IJobExecutionContext context) => context.Recovering
        ? context.MergedJobDataMap.GetDateTimeOffset(SchedulerConstants.FailedJobOriginalTriggerScheduledFireTime)
        : context.ScheduledFireTimeUtc ?? context.FireTimeUtc;

    private static string? Text(JobDataMap data, string key) => data.TryGetString(key, out var text) ? text : null;

    private static DateTimeOffset Instant(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
