using System.Globalization;
using System.Text.Json;
using Clutch.Executions;
using Clutch.Scheduling.Firings;
using Clutch.Scheduling.Stored;
using Clutch.Scheduling.Times;
using Quartz;
using Quartz.Extensibility;

namespace Clutch.Scheduling;

/// <summary>What schedules did and failed to do.</summary>
internal sealed class ScheduleHistory(SchedulerAccess access, IExecutionHistoryStore store)
{
    private const int HistoryPage = 500;

    public async Task<IReadOnlyList<ScheduleFiring>> ListFiringsAsync(ScheduleHistoryFilter filter, CancellationToken cancellationToken)
    {
        var scheduler = await access.GetAsync(cancellationToken);
        var running = filter is { Before: null, Result: null or FiringResult.Running } ? await ListRunningAsync(scheduler, filter.ScheduleName, cancellationToken) : [];
        var ended = filter.Result is FiringResult.Running ? [] : await ListEndedAsync(scheduler, filter, cancellationToken);
        // One may have ended between the two looks.
        var endedIds = ended.Select(firing => firing.Id).ToHashSet(StringComparer.Ordinal);
        return [.. running.Where(firing => !endedIds.Contains(firing.Id)).Concat(ended).Select(firing => firing.Firing).OfType<ScheduleFiring>().Take(filter.Limit)];
    }

    public async Task<IReadOnlyList<ScheduleMisfire>> ListMisfiresAsync(ScheduleHistoryFilter filter, CancellationToken cancellationToken)
    {
        var scheduler = await access.GetAsync(cancellationToken);
        var found = new List<ScheduleMisfire>();
        // The store knows no times, and newest come first: what is not asked for is passed over page by page.
        for (var skip = 0; found.Count < filter.Limit; skip += HistoryPage)
        {
            var query = new MisfireHistoryQuery
            {
                SchedulerName = scheduler.SchedulerName,
                Job = filter.ScheduleName is { } name ? StoredSchedule.KeyOf(name) : null,
                Reasons = filter.Reason is { } reason ? [ReasonOf(reason)] : null,
                Skip = skip,
                Take = HistoryPage,
            };
            var entries = (await store.QueryMisfires(query, cancellationToken)).Items;
            found.AddRange(entries.Where(entry => IsAsked(entry, filter)).Select(Misfire));
            if (entries.Count < HistoryPage || entries[^1].MisfiredAtUtc < filter.From)
                break;
        }

        return [.. found.Take(filter.Limit)];
    }

    // Newest first. Between firings of schedules lie those that were only put off, which are no firings to anybody else, and the workers of partitions: those are passed over page by page.
    private async Task<List<(string Id, ScheduleFiring? Firing)>> ListEndedAsync(IScheduler scheduler, ScheduleHistoryFilter filter, CancellationToken cancellationToken)
    {
        var found = new List<(string Id, ScheduleFiring? Firing)>();
        for (var skip = 0; found.Count(firing => firing.Firing is not null) < filter.Limit; skip += HistoryPage)
        {
            var query = new ExecutionHistoryQuery
            {
                SchedulerName = scheduler.SchedulerName,
                Job = filter.ScheduleName is { } name ? StoredSchedule.KeyOf(name) : null,
                FiredFrom = filter.From,
                FiredBefore = filter.Before,
                Results = filter.Result is { } result ? ResultsOf(result) : null,
                Skip = skip,
                Take = HistoryPage,
            };
            var entries = (await store.QueryExecutions(query, cancellationToken)).Items;
            found.AddRange(entries.Where(entry => entry.JobGroup == StoredSchedule.Group)
                .Select(entry => (entry.FireInstanceId ?? $"{entry.JobName}/{entry.FiredAtUtc:O}", IfAsked(Ended(entry), filter))));
            if (entries.Count < HistoryPage)
                break;
        }

        // What ended between two pages shifts the next.
        return [.. found.DistinctBy(firing => firing.Id, StringComparer.Ordinal)];
    }

    private static bool IsAsked(MisfireHistoryEntry entry, ScheduleHistoryFilter filter) =>
        entry.JobKey?.Group == StoredSchedule.Group && entry.MisfiredAtUtc >= (filter.From ?? DateTimeOffset.MinValue) && entry.MisfiredAtUtc < (filter.Before ?? DateTimeOffset.MaxValue);

    private static ScheduleFiring? IfAsked(ScheduleFiring? firing, ScheduleHistoryFilter filter) => filter.Result is null || firing?.Result == filter.Result ? firing : null;

    // The scheduler's own word is coarser: an execution that was stopped stands there as failed.
    private static JobRunResult[] ResultsOf(FiringResult result) => result switch
    {
        FiringResult.Completed => [JobRunResult.Succeeded],
        FiringResult.Skipped => [JobRunResult.Skipped],
        FiringResult.Stopped => [JobRunResult.Failed, JobRunResult.Cancelled],
        _ => [JobRunResult.Failed],
    };

    // A firing that ended with an exception left no result of ours.
    private static FiringResult ResultOf(ExecutionHistoryEntry entry) => entry.EffectiveResult is JobRunResult.Cancelled ? FiringResult.Stopped : FiringResult.Failed;

    private static Quartz.MisfireReason ReasonOf(MisfireReason reason) => reason is MisfireReason.Overlap ? Quartz.MisfireReason.Overlap : Quartz.MisfireReason.Missed;

    private static async Task<List<(string Id, ScheduleFiring? Firing)>> ListRunningAsync(IScheduler scheduler, string? name, CancellationToken cancellationToken)
    {
        var query = new FireInstanceQuery { Job = name is null ? null : StoredSchedule.KeyOf(name), State = FireInstanceState.Executing, Take = PagedQuery.All };
        var instances = (await scheduler.QueryFireInstances(query, cancellationToken)).Items.Where(instance => instance.JobKey?.Group == StoredSchedule.Group).ToList();
        var jobs = await scheduler.GetJobDetails([.. instances.Select(instance => instance.JobKey!).Distinct()], cancellationToken);
        var times = jobs.ToDictionary(job => job.Key, job => new FiringTimes(StoredSchedule.Read(job.JobDataMap).Definition));
        return [.. instances.OrderByDescending(instance => instance.FireTimeUtc).Select(instance => (instance.FireInstanceId, (ScheduleFiring?)Running(instance, times.GetValueOrDefault(instance.JobKey!))))];
    }

    private static ScheduleFiring Running(FireInstance instance, FiringTimes? times)
    {
        var firedFor = instance.ScheduledFireTimeUtc ?? instance.FireTimeUtc;
        return new()
        {
            ScheduleName = instance.JobKey!.Name,
            ScheduledAt = times is null || instance.TriggerKey.Group != StoredSchedule.Group ? firedFor : times.MeantFor(firedFor),
            FiredAt = instance.FireTimeUtc,
            Node = instance.SchedulerInstanceId,
            Result = FiringResult.Running,
        };
    }

    private static ScheduleFiring? Ended(ExecutionHistoryEntry entry)
    {
        var metrics = entry.MetricsJson is null ? [] : JsonSerializer.Deserialize(entry.MetricsJson, HistoryJson.Default.DictionaryStringString) ?? [];
        var result = metrics.GetValueOrDefault(FiringEnd.ResultMetric);
        if (result is "")
            return null;
        return new()
        {
            ScheduleName = entry.JobName,
            ScheduledAt = metrics.TryGetValue(FiringEnd.ScheduledAtMetric, out var at) ? DateTimeOffset.Parse(at, CultureInfo.InvariantCulture) : entry.FiredAtUtc,
            FiredAt = entry.FiredAtUtc,
            Duration = entry.Duration,
            Node = entry.SchedulerInstanceId,
            Result = result is null ? ResultOf(entry) : Enum.Parse<FiringResult>(result),
            Summary = entry.Summary ?? entry.ExceptionMessage,
            ExecutionId = metrics.TryGetValue(FiringEnd.ExecutionMetric, out var id) ? new JobExecutionId(long.Parse(id, CultureInfo.InvariantCulture)) : null,
        };
    }

    private static ScheduleMisfire Misfire(MisfireHistoryEntry entry) => new(
        entry.JobKey!.Name,
        entry.ScheduledFireTimeUtc,
        entry.MisfiredAtUtc,
        entry.Reason is Quartz.MisfireReason.Overlap ? MisfireReason.Overlap : MisfireReason.Missed,
        entry.SchedulerInstanceId);
}

/// <summary>The facts that a firing leaves in the history.</summary>
[System.Text.Json.Serialization.JsonSerializable(typeof(Dictionary<string, string>))]
internal sealed partial class HistoryJson : System.Text.Json.Serialization.JsonSerializerContext;
