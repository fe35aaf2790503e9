using Clutch.Client.Wire;
using Clutch.Executions;
using Clutch.Relational;
using Clutch.Relational.Jobs;
using Clutch.Scheduling;
using Clutch.Server.Queries;
using Clutch.Server.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Clutch.Server.Alerts.Rules;

/// <summary>A schedule launched nothing when it should: it cannot fire, its next firing is overdue, one was missed and none has happened since, the latest could not launch its job, or an execution stands in the way of one after the other.</summary>
internal sealed class MissedScheduleRule(ServerDatabase database, StatisticsQueries statistics, IServiceProvider services, IOptions<ClutchServerOptions> options) : IAlertRule
{
    private const string Running = $"""
        SELECT {JobExecutionRow.Columns}
        FROM clutch_job_execution
        WHERE status IN ('Starting', 'Started', 'Stopping') AND started_at < @before
        ORDER BY id
        LIMIT 1000
        """;

    private static readonly TimeSpan LookBack = TimeSpan.FromDays(7);

    // One that is put off once more runs for a moment, too.
    private static readonly TimeSpan LongestTry = TimeSpan.FromSeconds(10);

    private readonly ISchedules? _schedules = services.GetService<ISchedules>();

    public AlertRule Rule => AlertRule.MissedSchedule;

    public bool IsEnabled => Options.IsEnabled;

    private MissedScheduleRuleOptions Options => options.Value.Alerts.Rules.MissedSchedule;

    public async Task<IReadOnlyList<AlertFinding>> FindAsync(AlertLook look, CancellationToken cancellationToken)
    {
        if (_schedules is null)
            return [];
        var missed = (await _schedules.ListMisfiresAsync(new() { From = look.Now - LookBack, Reason = MisfireReason.Missed, Limit = 500 }, cancellationToken))
            .ToLookup(misfire => misfire.ScheduleName, StringComparer.Ordinal);
        var failed = await ListWithoutExecutionAsync(look.Now, cancellationToken);
        var inTheWay = await ListInTheWayAsync(look.Now, cancellationToken);
        var live = look.Live.Where(alert => alert.Finding.Rule == Rule).ToDictionary(alert => alert.Fingerprint, StringComparer.Ordinal);
        var findings = new List<AlertFinding>();
        foreach (var schedule in (await _schedules.ListAsync(cancellationToken)).Where(schedule => schedule.State is not ScheduleState.Paused))
        {
            var name = schedule.Definition.Name;
            var known = live.GetValueOrDefault($"{Rule}/{schedule.Definition.JobName}/{name}");
            if (schedule.State is ScheduleState.Faulty)
                findings.Add(FaultySince(schedule, known?.Finding.Since ?? look.Now));
            else if (schedule.State is ScheduleState.Active && DueOf(schedule, missed[name], look.Now) is { } due)
                findings.Add(IsWaiting(schedule, due) ? WaitingSince(schedule, due) : FindingOf(schedule, due));
            else if (failed.TryGetValue(name, out var firing) && firing.FiredAt > ChangedAt(schedule) && !await HasLaunchedSinceAsync(name, firing.FiredAt, look.Now, cancellationToken))
                findings.Add(FindingOf(schedule, firing));
            else if (schedule.State is ScheduleState.Active && inTheWay.TryGetValue(name, out var execution) && await FindOverlapAsync(schedule, execution, cancellationToken) is { } overlap)
                findings.Add(overlap);
            else if (known is not null && IsOutOfSight(known, schedule, look.Now) && !await HasLaunchedSinceAsync(name, known.Finding.Since, look.Now, cancellationToken))
                findings.Add(known.Finding with { Key = name });
        }

        return findings;
    }

    // What it was told by is too long ago to be seen, and nothing has come after it.
    private static bool IsOutOfSight(LiveAlert known, Schedule schedule, DateTimeOffset now) =>
        known.Finding.Since < now - LookBack && !(schedule.LastFiredAt > known.Finding.Since) && !schedule.Changes.Any(change => change.Action switch
        {
            "run" => false,
            "deployed" => change.At > known.OpenedAt,
            _ => change.At > known.Finding.Since,
        });

    /// <summary>Each schedule's latest firing that failed without an execution: of those with one, the executions tell.</summary>
    private async Task<Dictionary<string, ScheduleFiring>> ListWithoutExecutionAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var latest = new Dictionary<string, ScheduleFiring>(StringComparer.Ordinal);
        var filter = new ScheduleHistoryFilter { From = now - LookBack, Result = FiringResult.Failed, Limit = 500 };
        IReadOnlyList<ScheduleFiring> page;
        do
        {
            page = await _schedules!.ListFiringsAsync(filter, cancellationToken);
            foreach (var firing in page.Where(firing => firing.ExecutionId is null))
                latest.TryAdd(firing.ScheduleName, firing);
            if (page.Count > 0)
                filter = filter with { Before = page[^1].FiredAt };
        }
        while (page.Count == filter.Limit);
        return latest;
    }

    /// <summary>Each schedule's oldest execution that takes longer than its job usually does.</summary>
    private async Task<Dictionary<string, JobExecution>> ListInTheWayAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var statement = new Statement(Running).With("before", now - Options.Grace);
        var running = await database.QueryAsync(statement, Rows.All(row => JobExecutionRow.Read(row, database.Database)), cancellationToken);
        var scheduled = running.Where(execution => execution.Parameters.All.ContainsKey(JobExecution.ScheduleParameter)).ToList();
        if (scheduled.Count == 0)
            return [];
        var usual = await statistics.ListDurationsAsync([.. scheduled.Select(execution => execution.JobName).Distinct(StringComparer.Ordinal)], RunningTooLongRule.Runs, cancellationToken);
        return scheduled.Where(execution => !IsAsUsual(now - execution.StartedAt, usual.GetValueOrDefault(execution.JobName)?.Duration))
            .GroupBy(execution => execution.Parameters.Get(JobExecution.ScheduleParameter, string.Empty), StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);
    }

    private bool IsAsUsual(TimeSpan elapsed, DurationView? usual) =>
        options.Value.Alerts.Rules.RunningTooLong is var rule && usual is not null && usual.Count >= rule.MinRuns && elapsed <= TimeSpan.FromSeconds(usual.P95Seconds) * rule.Factor;

    private async Task<AlertFinding?> FindOverlapAsync(Schedule schedule, JobExecution execution, CancellationToken cancellationToken)
    {
        var filter = new ScheduleHistoryFilter { ScheduleName = schedule.Definition.Name, From = execution.StartedAt, Reason = MisfireReason.Overlap, Limit = Options.Overlaps };
        var leftOut = await _schedules!.ListMisfiresAsync(filter, cancellationToken);
        return leftOut.Count < Options.Overlaps ? null : FindingOf(schedule, execution.StartedAt) with
        {
            Severity = AlertSeverity.Warning,
            What = $"Execution {execution.Id} is in the way of schedule '{schedule.Definition.Name}' of job '{schedule.Definition.JobName}': {AlertTexts.Count(Options.Overlaps)} firings in a row were left out",
            ExecutionId = execution.Id.Value,
            Impact = $"It has run since {AlertTexts.Instant(execution.StartedAt)}, and the schedule launches nothing beside it.",
            Retry = "It fires as planned once that execution has ended. What was left out is not made up for.",
            Path = AlertTexts.PathOf(execution),
            Command = $"clutch stop {execution.Id} --reason \"...\"",
        };
    }

    // A run asked for by hand changes nothing: it launches, or fails as well.
    private static DateTimeOffset ChangedAt(Schedule schedule) =>
        schedule.Changes.Where(change => change.Action is not "run").Select(change => change.At).DefaultIfEmpty(DateTimeOffset.MinValue).Max();

    private async Task<bool> HasLaunchedSinceAsync(string schedule, DateTimeOffset since, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var firings = await _schedules!.ListFiringsAsync(new() { ScheduleName = schedule, From = since }, cancellationToken);
        return firings.Any(firing => firing.FiredAt > since && HasLaunched(firing, now));
    }

    private static bool HasLaunched(ScheduleFiring firing, DateTimeOffset now) =>
        firing.ExecutionId is not null || (firing.Result is FiringResult.Running && firing.FiredAt + LongestTry < now);

    // The instant at which it should have fired, or null where all is well.
    private DateTimeOffset? DueOf(Schedule schedule, IEnumerable<ScheduleMisfire> misfires, DateTimeOffset now)
    {
        // What passed before it was resumed, edited or created was not to happen. A deployment takes back nothing of what the new version notices.
        var changes = schedule.Changes.ToLookup(change => change.Action is "deployed", change => change.At);
        var from = changes[false].Select(at => (DateTimeOffset?)at).Append(schedule.LastFiredAt).Max() ?? DateTimeOffset.MinValue;
        var deployedAt = changes[true].DefaultIfEmpty(DateTimeOffset.MinValue).Max();
        var missed = misfires.Where(misfire => misfire.NoticedAt > deployedAt).Select(misfire => misfire.ScheduledAt ?? misfire.NoticedAt)
            .Where(at => at > from && at + Options.Grace < now).Order().Select(at => (DateTimeOffset?)at).FirstOrDefault();
        var overdue = schedule.Next.Select(next => (DateTimeOffset?)next.At).FirstOrDefault(at => at + Options.Grace < now);
        return missed ?? overdue;
    }

    private AlertFinding FindingOf(Schedule schedule, DateTimeOffset due) => new()
    {
        Rule = Rule,
        Severity = AlertSeverity.Critical,
        Key = schedule.Definition.Name,
        Job = schedule.Definition.JobName,
        Subject = $"schedule {schedule.Definition.Name}",
        What = $"Schedule '{schedule.Definition.Name}' of job '{schedule.Definition.JobName}' did not fire at {AlertTexts.Instant(due)}",
        Since = due,
        Impact = schedule.LastFiredAt is { } last ? $"It last fired at {AlertTexts.Instant(last)}." : "It has never fired.",
        Retry = schedule.Definition.Misfire switch
        {
            MisfireRule.Skip => "What was missed is left out; it fires next as planned.",
            MisfireRule.RunAll => "What was missed is made up for, each firing, as soon as a scheduler works.",
            _ => "What was missed is made up for by one run, as soon as a scheduler works.",
        },
        Path = $"/schedules/{Uri.EscapeDataString(schedule.Definition.Name)}",
        Command = $"clutch schedules run {schedule.Definition.Name} --reason \"...\"",
    };

    private AlertFinding FaultySince(Schedule schedule, DateTimeOffset since) => FindingOf(schedule, since) with
    {
        What = $"Schedule '{schedule.Definition.Name}' of job '{schedule.Definition.JobName}' cannot fire: the log of the process that tried says why",
        Retry = "It does not fire again until somebody resumes it.",
        Command = $"clutch schedules resume {schedule.Definition.Name} --reason \"...\"",
    };

    // It fired, and is still its next firing.
    private static bool IsWaiting(Schedule schedule, DateTimeOffset due) =>
        schedule.Next is [var next, ..] && next.At == due && due <= schedule.LastFiredAt + schedule.Definition.Spread;

    private AlertFinding WaitingSince(Schedule schedule, DateTimeOffset due) => FindingOf(schedule, due) with
    {
        What = $"Job '{schedule.Definition.JobName}' of schedule '{schedule.Definition.Name}' has waited to be launched since {AlertTexts.Instant(due)}",
        Impact = "A limit is reached, or no process that runs has the job.",
        Retry = "It is tried again every 30 s.",
    };

    private AlertFinding FindingOf(Schedule schedule, ScheduleFiring failed) => FindingOf(schedule, failed.FiredAt) with
    {
        What = $"Schedule '{schedule.Definition.Name}' of job '{schedule.Definition.JobName}' fired at {AlertTexts.Instant(failed.FiredAt)} and launched nothing: "
            + AlertTexts.Masked(failed.Summary ?? "the history does not say why"),
        Impact = null,
        Retry = schedule.Next is [var next, ..] ? $"It fires next at {AlertTexts.Instant(next.At)}." : "It has no further firing.",
    };
}
