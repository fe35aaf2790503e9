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

    /// <summary>Whether another node died with it.</summary>
    public required bool IsRecovery { get; init; }

    /// <summary>Whether it has been put off already, or is not to be put off.</summary>
    public required bool IsDue { get; init; }

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
            IsRecovery = context.Recovering,
            IsDue = own is not null || context.Recovering,
        };
    }

    private static DateTimeOffset FiredFor(IJobExecutionContext context) => context.Recovering
        ? context.MergedJobDataMap.GetDateTimeOffset(SchedulerConstants.FailedJobOriginalTriggerScheduledFireTime)
        : context.ScheduledFireTimeUtc ?? context.FireTimeUtc;

    private static string? Text(JobDataMap data, string key) => data.TryGetString(key, out var text) ? text : null;

    private static DateTimeOffset Instant(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
