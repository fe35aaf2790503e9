using Clutch.Client.Wire;
using Clutch.Executions;
using Clutch.Launching;
using Clutch.Repository;
using Clutch.Scheduling;
using Clutch.Server.Alerts;
using Clutch.Server.Alerts.Rules;
using Clutch.Server.Audit;
using Clutch.Server.Dashboard.Charts;
using Clutch.Server.Dashboard.Pages;
using Clutch.Server.Endpoints;
using Clutch.Server.Nodes;
using Clutch.Server.Queries;
using Microsoft.Extensions.DependencyInjection;

namespace Clutch.Server.Dashboard;

/// <summary>What the pages show, put together from the same queries that the API answers from.</summary>
internal sealed class PageModels(
    JobCatalog catalog, ExecutionQueries executions, ProgressQueries progress, StatisticsQueries statistics, DeadLetterQueries letters, OutboxQueries outbox, NodeRegistry nodes, NodeQueries nodeQueries, AuditLog audit,
    AlertQueries alerts, TimeProvider time, IServiceProvider services)
{
    private const int LaneRuns = 200;
    private const int MaxLanes = 40;
    private const int MaxRowsOfPartitions = 60;
    private const int StepPageSize = 100;
    private const int MaxCells = 5_000;

    // More than are shown: what a reader has seen is left out later, and among the highest ids need not be the latest failure.
    private const int MaxUnresolved = 200;

    private readonly ISchedules? _schedules = services.GetService<ISchedules>();

    public IReadOnlyList<string> JobNames { get; } = [.. catalog.Jobs.Select(job => job.Name)];

    public bool HasSchedules => _schedules is not null;

    public async Task<OverviewModel> OverviewAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var schedules = await SchedulesAsync(cancellationToken);
        var all = await nodes.ListAsync(cancellationToken);
        var unresolved = await executions.ListUnresolvedAsync(MaxUnresolved, cancellationToken);
        var lanes = await LanesAsync(schedules, now.AddDays(-1), cancellationToken);
        var window = TimeWindow.Around(now, lanes.SelectMany(lane => lane.Runs).Select(run => (DateTimeOffset?)run.From).Min(), out var back);
        return new()
        {
            Overview = await statistics.OverviewAsync(all, cancellationToken),
            Running = [.. (await progress.ListLiveAsync([], cancellationToken)).Where(run => run.EndedAt is null).Take(50)],
            OpenAlertCount = await alerts.CountLiveAsync(cancellationToken),
            FailedMessageCount = await outbox.CountFailedAsync(cancellationToken),
            Failed = unresolved,
            HasUnresolved = unresolved.Any(execution => execution.EndedAt >= now.AddDays(-1)),
            MissingNodeCount = NodeLostRule.MissingAmong(all).Count,
            Due = [.. DueOf(schedules).Take(10)],
            PausedCount = schedules.Count(schedule => schedule.State is ScheduleState.Paused),
            Lanes = lanes,
            Window = window,
            Back = back,
        };
    }

    public async Task<IReadOnlyList<(JobView Job, JobHistoryView History)>> JobsAsync(CancellationToken cancellationToken)
    {
        var histories = await statistics.ListHistoriesAsync(JobNames, runs: 20, cancellationToken);
        return [.. catalog.Jobs.Select(Views.Of).Zip(histories)];
    }

    public async Task<JobModel?> JobAsync(string name, CancellationToken cancellationToken)
    {
        if (catalog.Find(name) is not { } job)
            return null;
        return new()
        {
            Job = Views.Of(job),
            History = (await statistics.ListHistoriesAsync([name], runs: 50, cancellationToken))[0],
            Executions = (await executions.ListAsync(new() { JobName = name, Limit = 20 }, cancellationToken)).Items,
            Due = [.. DueOf(await SchedulesAsync(cancellationToken)).Where(due => due.Schedule.Definition.JobName == name)],
        };
    }

    public async Task<ExecutionListModel> ExecutionsAsync(string? job, ExecutionStatus? status, long? instance, long? before, CancellationToken cancellationToken)
    {
        var filter = new ExecutionFilter
        {
            JobName = job,
            Status = (BatchStatus?)status,
            InstanceId = instance is > 0 and var id ? new(id) : null,
            Before = before is > 0 and var last ? new(last) : null,
            Limit = 50,
        };
        return new() { Page = await executions.ListAsync(filter, cancellationToken), Jobs = JobNames, Job = job, Status = status, Instance = instance };
    }

    public async Task<ExecutionModel?> ExecutionAsync(long id, CancellationToken cancellationToken)
    {
        if (await executions.FindDetailsAsync(id, cancellationToken) is not { } details)
            return null;
        var attempts = await executions.ListAsync(new() { InstanceId = new(details.Execution.InstanceId), Limit = 50 }, cancellationToken);
        return new() { Details = details, Attempts = attempts.Items, Rows = await RowsAsync(details, attempts.Items, cancellationToken) };
    }

    public async Task<StepModel?> StepAsync(long id, string step, ExecutionStatus? status, long after, CancellationToken cancellationToken)
    {
        if (await executions.FindAsync(id, cancellationToken) is not { } execution)
            return null;
        var counts = await executions.ListStepCountsAsync(id, step, cancellationToken);
        if (counts.Count == 0)
            return null;
        var isPartitioned = counts.Any(count => count.IsPartition);
        var spans = isPartitioned
            ? await executions.ListPartitionSpansAsync(id, step, MaxCells, cancellationToken)
            : [.. (await executions.ListStepSpansAsync(id, cancellationToken)).Where(span => span.Step == step)];
        var filter = new StepFilter { Execution = id, Step = step, Status = status, IsPartition = isPartitioned, After = Math.Max(0, after), Limit = StepPageSize };
        var page = await executions.ListStepsAsync(filter, cancellationToken);
        return new()
        {
            Execution = execution,
            Step = step,
            Cells = [.. spans.Select(span => new PartitionCell(span.Partition ?? span.Step, span.Status, span.StartedAt is null))],
            Counts = [.. counts.Where(count => count.IsPartition == isPartitioned).Select(count => (count.Status, count.Count)).OrderBy(count => count.Status)],
            Status = status,
            Partitions = page.Items,
            Next = page.Next,
            MedianSeconds = isPartitioned ? MedianOf(spans) : null,
        };
    }

    public async Task<DeadLetterModel?> DeadLettersAsync(string? job, string? step, long? execution, long after, CancellationToken cancellationToken)
    {
        var filter = new DeadLetterFilter { JobName = job, StepName = step, After = Math.Max(0, after), Limit = 50 };
        if (execution is { } id)
        {
            if (await executions.FindAsync(id, cancellationToken) is not { } found)
                return null;
            filter = filter with { InstanceId = new(found.InstanceId) };
        }

        return new()
        {
            Groups = await letters.ListGroupsAsync(cancellationToken),
            Letters = await letters.ListAsync(filter, cancellationToken),
            Job = job,
            Step = step,
            Execution = execution,
        };
    }

    public async Task<(DeadLetterView Letter, long? LatestExecution)?> DeadLetterAsync(long id, CancellationToken cancellationToken)
    {
        if (await letters.FindAsync(id, cancellationToken) is not { } letter)
            return null;
        var latest = await executions.ListAsync(new() { InstanceId = new(letter.InstanceId), Limit = 1 }, cancellationToken);
        return (letter, latest.Items is [var execution] ? execution.Id : null);
    }

    public async Task<IReadOnlyList<Schedule>> SchedulesAsync(CancellationToken cancellationToken) =>
        _schedules is null ? [] : await _schedules.ListAsync(cancellationToken);

    public async Task<ScheduleModel?> ScheduleAsync(string name, CancellationToken cancellationToken)
    {
        if (_schedules is null || await _schedules.FindAsync(name, cancellationToken) is not { } schedule)
            return null;
        var filter = new ScheduleHistoryFilter { ScheduleName = name, Limit = 30 };
        var misfires = await _schedules.ListMisfiresAsync(filter, cancellationToken);
        return new()
        {
            Schedule = schedule,
            Firings = [.. (await _schedules.ListFiringsAsync(filter, cancellationToken)).Select(firing => firing.ToView())],
            Misfires = [.. misfires.Select(misfire => new MisfireView(misfire.ScheduleName, misfire.ScheduledAt, misfire.NoticedAt, misfire.Reason.ToString(), misfire.Node))],
        };
    }

    public async Task<IReadOnlyList<OutboxChannelView>> OutboxAsync(CancellationToken cancellationToken) => outbox.IsThere ? await outbox.ListAsync(cancellationToken) : [];

    public Task<IReadOnlyList<NodeView>> NodesAsync(CancellationToken cancellationToken) => nodeQueries.ListAsync(cancellationToken);

    public async Task<AlertListModel> AlertsAsync(AlertState? state, long? before, string? test, CancellationToken cancellationToken) => new()
    {
        Alerts = await alerts.ListAsync(new() { State = state, Before = before is > 0 ? before : null, Limit = 50 }, cancellationToken),
        State = state,
        Silences = await alerts.ListSilencesAsync(cancellationToken),
        Targets = alerts.Targets,
        TestDeliveries = test is null ? [] : await alerts.ListTestAsync(test, cancellationToken),
    };

    public Task<AlertDetails?> AlertAsync(long id, CancellationToken cancellationToken) => alerts.FindDetailsAsync(id, cancellationToken);

    public Task<Page<AuditEntryView>> AuditAsync(long? before, CancellationToken cancellationToken) => audit.ListAsync(new() { Before = before, Limit = 50 }, cancellationToken);

    private static IEnumerable<DueFiring> DueOf(IReadOnlyList<Schedule> schedules) => schedules
        .Where(schedule => schedule.State is ScheduleState.Active && schedule.Next.Count > 0)
        .Select(schedule => new DueFiring(schedule, schedule.Next[0].At))
        .OrderBy(due => due.At);

    private async Task<IReadOnlyList<TimelineLane>> LanesAsync(IReadOnlyList<Schedule> schedules, DateTimeOffset since, CancellationToken cancellationToken)
    {
        var recent = await statistics.ListRecentAsync(JobNames, since, LaneRuns, cancellationToken);
        var due = schedules.Where(schedule => schedule.State is ScheduleState.Active).ToLookup(schedule => schedule.Definition.JobName, StringComparer.Ordinal);
        return
        [
            .. JobNames.Where(job => recent.Contains(job) || due.Contains(job)).Take(MaxLanes).Select(job => new TimelineLane(
                job,
                [.. recent[job].Select(run => new LaneRun(run.Id, run.Status, run.StartedAt, run.EndedAt))],
                [.. due[job].SelectMany(schedule => schedule.Next).Select(next => next.At).Order()])),
        ];
    }

    // Partitions are drawn where the eye can still tell them apart; their own page has them all.
    private async Task<IReadOnlyList<GanttRow>> RowsAsync(ExecutionDetails details, IReadOnlyList<ExecutionView> attempts, CancellationToken cancellationToken)
    {
        var steps = await executions.ListStepSpansAsync(details.Execution.Id, cancellationToken);
        var partitions = await executions.ListPartitionSpansAsync(details.Execution.Id, step: null, MaxRowsOfPartitions + 1, cancellationToken);
        var shown = partitions.Count <= MaxRowsOfPartitions ? steps.Concat(partitions).OrderBy(row => row.Id).ToList() : steps;
        var earlier = await EarlierAsync(details.Execution.Id, attempts, cancellationToken);
        var median = MedianOf(partitions);
        return [.. shown.Where(row => row.StartedAt is not null).Select(row => new GanttRow(
            NameOf(row),
            [.. earlier[NameOf(row)], new(row.StartedAt!.Value, row.EndedAt, row.Status)],
            row.Partition is not null && median is { } usual && row.EndedAt is { } ended && (ended - row.StartedAt!.Value).TotalSeconds > 2 * usual))];
    }

    private async Task<ILookup<string, GanttSpan>> EarlierAsync(long id, IReadOnlyList<ExecutionView> attempts, CancellationToken cancellationToken)
    {
        if (attempts.FirstOrDefault(attempt => attempt.Id < id) is not { } previous)
            return Array.Empty<GanttSpan>().ToLookup(_ => string.Empty);
        var steps = await executions.ListStepSpansAsync(previous.Id, cancellationToken);
        return steps.Concat(await executions.ListPartitionSpansAsync(previous.Id, step: null, MaxCells, cancellationToken)).Where(row => row is { StartedAt: not null, EndedAt: not null })
            .ToLookup(NameOf, row => new GanttSpan(row.StartedAt!.Value, row.EndedAt, row.Status, IsEarlier: true), StringComparer.Ordinal);
    }

    private static string NameOf(StepSpan row) => row.Partition is null ? row.Step : $"{row.Step} / {row.Partition}";

    private static double? MedianOf(IEnumerable<StepSpan> partitions)
    {
        var seconds = partitions.Where(row => row is { Status: ExecutionStatus.Completed, StartedAt: not null, EndedAt: not null })
            .Select(row => (row.EndedAt!.Value - row.StartedAt!.Value).TotalSeconds).Order().ToArray();
        return seconds.Length < 3 ? null : seconds[seconds.Length / 2];
    }
}
