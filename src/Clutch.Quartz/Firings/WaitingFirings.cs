using System.Globalization;
using Clutch.Scheduling.Stored;
using Quartz;

namespace Clutch.Scheduling.Firings;

/// <summary>The firings that have been put off because something is in their way: a limit, or that no node that took them has their job.</summary>
internal static class WaitingFirings
{
    // A try that puts it off once more takes a moment; after longer it has launched.
    private static readonly TimeSpan LongestTry = TimeSpan.FromSeconds(10);

    /// <summary>The time for which the earliest of each schedule was meant, by the schedule's name.</summary>
    public static async Task<Dictionary<string, DateTimeOffset>> ListEarliestAsync(IScheduler scheduler, DateTimeOffset now, string? schedule, CancellationToken cancellationToken)
    {
        var query = new TriggerQuery
        {
            Group = GroupMatcher<TriggerKey>.GroupEquals(ScheduleTriggers.OnceGroup),
            Name = NameMatcher<TriggerKey>.NameContains(Firing.WaitingOf(schedule ?? string.Empty)),
            Take = PagedQuery.All,
        };
        return (await scheduler.QueryTriggers(query, cancellationToken)).Items
            .Where(waiting => waiting.State is not (TriggerState.Paused or TriggerState.Complete) || (waiting.State is TriggerState.Complete && waiting.PreviousFireTimeUtc + LongestTry > now))
            .GroupBy(waiting => waiting.JobKey.Name, StringComparer.Ordinal)
            .ToDictionary(waiting => waiting.Key, waiting => waiting.Min(one => MeantFor(one.Key.Name)), StringComparer.Ordinal);
    }

    // Names of schedules have no slash.
    private static DateTimeOffset MeantFor(string name) => DateTimeOffset.Parse(name.Split('/')[2], CultureInfo.InvariantCulture);
}
