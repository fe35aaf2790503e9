using System.Data.Common;
using System.Globalization;
using Clutch.Client.Wire;
using Clutch.Executions;
using Clutch.Launching;
using Clutch.Relational;
using Clutch.Relational.Jobs;
using Clutch.Repository;
using Clutch.Server.Storage;
using Microsoft.Extensions.Options;

namespace Clutch.Server.Alerts.Rules;

/// <summary>An execution failed and is not restarted by itself: no policy, tries used up, the same error at the same place. It recovers when its instance completes or is abandoned.</summary>
internal sealed class FailedRule(ServerDatabase database, JobCatalog catalog, AutoRestart restarts, IJobRepository repository, IOptions<ClutchServerOptions> options) : IAlertRule
{
    private const string Latest = """
        NOT EXISTS (SELECT 1 FROM clutch_job_execution AS later WHERE later.instance_id = execution.instance_id AND later.id > execution.id)
        """;

    private const string Recent = $"""
        SELECT {JobExecutionRow.Columns}
        FROM clutch_job_execution AS execution
        WHERE ended_at >= @since AND status = 'Failed' AND {Latest}
        ORDER BY ended_at DESC
        LIMIT 1000
        """;

    private const string OfLive = $"""
        SELECT {JobExecutionRow.Columns}
        FROM clutch_job_execution AS execution
        WHERE {Latest} AND instance_id IN (
            SELECT failed.instance_id
            FROM clutch_alert AS alert
            JOIN clutch_job_execution AS failed ON failed.id = alert.job_execution_id
            WHERE alert.state IN ('Open', 'Acknowledged') AND alert.rule = 'Failed')
        """;

    // A restart that is due is done within seconds, unless a limit or the lack of a process that hosts the job is in its way.
    private static readonly TimeSpan RestartGrace = TimeSpan.FromMinutes(5);

    private readonly Dictionary<JobExecutionId, RestartVerdict> _verdicts = [];

    public AlertRule Rule => AlertRule.Failed;

    public bool IsEnabled => Options.IsEnabled;

    private FailedRuleOptions Options => options.Value.Alerts.Rules.Failed;

    public async Task<IReadOnlyList<AlertFinding>> FindAsync(AlertLook look, CancellationToken cancellationToken)
    {
        var recent = await database.QueryAsync(new Statement(Recent).With("since", look.Now - Options.Within), Rows.All(Read), cancellationToken);
        var ofLive = await database.QueryAsync(new(OfLive), Rows.All(Read), cancellationToken);
        var live = look.Live.Where(alert => alert.Finding.Rule is AlertRule.Failed).ToDictionary(alert => alert.Fingerprint, StringComparer.Ordinal);
        var findings = new List<AlertFinding>();
        foreach (var execution in ofLive.Concat(recent).DistinctBy(execution => execution.Id))
        {
            if (await FindAsync(execution, live, look.Now, cancellationToken) is { } finding)
                findings.Add(finding);
        }

        Forget(recent);
        return findings;
    }

    private async Task<AlertFinding?> FindAsync(JobExecution execution, Dictionary<string, LiveAlert> live, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (execution.Status is BatchStatus.Completed or BatchStatus.Abandoned)
            return null;
        var key = execution.InstanceId.Value.ToString(CultureInfo.InvariantCulture);
        var known = live.TryGetValue($"{Rule}/{execution.JobName}/{key}", out var alert) ? alert.Finding with { Key = key } : null;
        // It is being tried again, or it failed as it did before: the incident lasts.
        if (known is not null && (execution.Status is not BatchStatus.Failed || known.ExecutionId == execution.Id.Value))
            return known;
        if (execution.Status is not BatchStatus.Failed)
            return null;
        return await RetryOfAsync(execution, now, cancellationToken) is { } retry
            ? FindingOf(execution, key, retry) with { Impact = await ImpactOfAsync(execution.InstanceId, cancellationToken) }
            : known;
    }

    // Null while it is going to be restarted.
    private async Task<string?> RetryOfAsync(JobExecution execution, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // Its policy is known to the processes that host it.
        if (catalog.Find(execution.JobName) is null)
            return EndOf(execution) + RestartGrace > now ? null : "The process that looked does not host its job, and no other has restarted it.";
        if (!_verdicts.TryGetValue(execution.Id, out var verdict))
            _verdicts[execution.Id] = verdict = await DecideAsync(execution, cancellationToken);
        return verdict switch
        {
            RestartVerdict.RestartAt due when due.Instant + RestartGrace > now => null,
            RestartVerdict.RestartAt due => $"It was to be restarted by itself at {AlertTexts.Instant(due.Instant)}, and was not.",
            RestartVerdict.GiveUp gaveUp => $"It is not restarted any more: {AlertTexts.Masked(gaveUp.Reason)}",
            _ => "It is not restarted by itself.",
        };
    }

    // Where its node died, the firing that launched it is taken over and restarts it, whatever its job's policy.
    private async Task<RestartVerdict> DecideAsync(JobExecution execution, CancellationToken cancellationToken)
    {
        var verdict = await restarts.DecideAsync(execution, cancellationToken);
        return verdict is RestartVerdict.None && execution.Parameters.All.ContainsKey(JobExecution.ScheduleParameter) ? await restarts.DecideAfterLossAsync(execution, cancellationToken) : verdict;
    }

    private static DateTimeOffset EndOf(JobExecution execution) => execution.EndedAt ?? execution.StartedAt;

    private static AlertFinding FindingOf(JobExecution execution, string key, string retry)
    {
        var failure = execution.Failure;
        var why = failure is null ? string.Empty : $": {failure.Type[(failure.Type.LastIndexOf('.') + 1)..]}: {AlertTexts.Masked(failure.Message)}";
        return new()
        {
            Rule = AlertRule.Failed,
            Severity = AlertSeverity.Critical,
            Key = key,
            Job = execution.JobName,
            Subject = AlertTexts.SubjectOf(execution),
            ExecutionId = execution.Id.Value,
            What = $"Job '{execution.JobName}' ({AlertTexts.SubjectOf(execution)}) failed at try {execution.Attempt}{why}",
            Since = EndOf(execution),
            Retry = retry,
            Path = AlertTexts.PathOf(execution),
            Command = $"clutch restart {execution.Id.Value} --reason \"...\"",
        };
    }

    // What earlier attempts committed is kept as well. The row of a step with partitions adds them up once more.
    private async Task<string> ImpactOfAsync(JobInstanceId instance, CancellationToken cancellationToken)
    {
        var history = await repository.ListStepHistoryAsync(instance, cancellationToken);
        var partitioned = history.Where(step => step.Last.Partition is not null).Select(step => step.Last.StepName).ToHashSet(StringComparer.Ordinal);
        var kept = history.Where(step => step.Last.Partition is not null || !partitioned.Contains(step.Last.StepName)).Aggregate(default(StepCounts), (sum, step) => sum + step.Committed);
        var unfinished = history.Where(step => step.Last is { Partition: null, Status: not BatchStatus.Completed }).OrderBy(step => step.Last.Id.Value).Select(step => $"'{step.Last.StepName}'").ToList();
        var left = unfinished.Count == 0 ? string.Empty : $"; not finished: {string.Join(", ", unfinished)}";
        return $"{AlertTexts.Count(kept.Written)} items written and kept, {AlertTexts.Count(kept.Skipped)} skipped{left}.";
    }

    private void Forget(IReadOnlyList<JobExecution> recent)
    {
        var seen = recent.Select(execution => execution.Id).ToHashSet();
        foreach (var gone in _verdicts.Keys.Where(id => !seen.Contains(id)).ToList())
            _verdicts.Remove(gone);
    }

    private JobExecution Read(DbDataReader row) => JobExecutionRow.Read(row, database.Database);
}
