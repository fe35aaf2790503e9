using System.Globalization;
using Clutch.Client.Wire;
using Clutch.Executions;
using Clutch.Relational;
using Clutch.Relational.Jobs;
using Clutch.Server.Queries;
using Clutch.Server.Storage;
using Microsoft.Extensions.Options;

namespace Clutch.Server.Alerts.Rules;

/// <summary>An execution takes much longer than the latest completed ones of its job.</summary>
internal sealed class RunningTooLongRule(ServerDatabase database, StatisticsQueries statistics, IOptions<ClutchServerOptions> options) : IAlertRule
{
    private const int Runs = 30;

    private const string Running = $"""
        SELECT {JobExecutionRow.Columns}
        FROM clutch_job_execution
        WHERE status IN ('Starting', 'Started', 'Stopping') AND started_at < @before
        ORDER BY id
        LIMIT 1000
        """;

    public AlertRule Rule => AlertRule.RunningTooLong;

    public bool IsEnabled => Options.IsEnabled;

    private RunningTooLongRuleOptions Options => options.Value.Alerts.Rules.RunningTooLong;

    public async Task<IReadOnlyList<AlertFinding>> FindAsync(AlertLook look, CancellationToken cancellationToken)
    {
        var statement = new Statement(Running).With("before", look.Now - Options.MinDuration);
        var running = await database.QueryAsync(statement, Rows.All(row => JobExecutionRow.Read(row, database.Database)), cancellationToken);
        if (running.Count == 0)
            return [];
        var usual = await statistics.ListDurationsAsync([.. running.Select(execution => execution.JobName).Distinct(StringComparer.Ordinal)], Runs, cancellationToken);
        return [.. running.Select(execution => FindingOf(execution, usual.GetValueOrDefault(execution.JobName)?.Duration, look.Now)).OfType<AlertFinding>()];
    }

    private AlertFinding? FindingOf(JobExecution execution, DurationView? usual, DateTimeOffset now)
    {
        if (usual is null || usual.Count < Options.MinRuns)
            return null;
        var limit = TimeSpan.FromSeconds(usual.P95Seconds) * Options.Factor;
        if (now - execution.StartedAt <= limit)
            return null;
        return new()
        {
            Rule = Rule,
            Severity = AlertSeverity.Warning,
            Key = execution.Id.Value.ToString(CultureInfo.InvariantCulture),
            Job = execution.JobName,
            Subject = AlertTexts.SubjectOf(execution),
            ExecutionId = execution.Id.Value,
            What = $"Job '{execution.JobName}' ({AlertTexts.SubjectOf(execution)}) runs for longer than {AlertTexts.Span(limit)}",
            Since = execution.StartedAt,
            Impact = $"95 % of its latest {usual.Count} runs ended within {AlertTexts.Span(TimeSpan.FromSeconds(usual.P95Seconds))}, half of them within {AlertTexts.Span(TimeSpan.FromSeconds(usual.MedianSeconds))}.",
            Path = AlertTexts.PathOf(execution),
            Command = $"clutch follow {execution.Id.Value}",
        };
    }
}
