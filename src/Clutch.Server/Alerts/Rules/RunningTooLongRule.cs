using System.Globalization;
using Clutch.Client.Wire;
using Clutch.Executions;
using Clutch.Relational;
using Clutch.Relational.Jobs;
using Clutch.Server.Queries;
using Clutch.Server.Storage;
using Microsoft.Extensions.Options;

namespace Clutch.Server.Alerts.Rules;

/// <summary>An execution takes much longer than the latest completed ones of its job, or longer than any may.</summary>
internal sealed class RunningTooLongRule(ServerDatabase database, StatisticsQueries statistics, IOptions<ClutchServerOptions> options) : IAlertRule
{
    /// <summary>So many of the latest completed executions say what is usual.</summary>
    public const int Runs = 30;

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

    // What is shorter than this is too long for nobody.
    private TimeSpan Shortest => Options.MaxDurations.Values.Append(Options.MaxDuration).Append(Options.MinDuration).Min();

    public async Task<IReadOnlyList<AlertFinding>> FindAsync(AlertLook look, CancellationToken cancellationToken)
    {
        var statement = new Statement(Running).With("before", look.Now - Shortest);
        var running = await database.QueryAsync(statement, Rows.All(row => JobExecutionRow.Read(row, database.Database)), cancellationToken);
        if (running.Count == 0)
            return [];
        var usual = await statistics.ListDurationsAsync([.. running.Select(execution => execution.JobName).Distinct(StringComparer.Ordinal)], Runs, cancellationToken);
        return [.. running.Select(execution => FindingOf(execution, usual.GetValueOrDefault(execution.JobName)?.Duration, look.Now)).OfType<AlertFinding>()];
    }

    private AlertFinding? FindingOf(JobExecution execution, DurationView? usual, DateTimeOffset now)
    {
        var most = Options.MaxDurations.TryGetValue(execution.JobName, out var own) ? own : Options.MaxDuration;
        var isUsual = UsualLimit(usual) < most;
        var limit = isUsual ? UsualLimit(usual)!.Value : most;
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
            What = $"Job '{execution.JobName}' ({AlertTexts.SubjectOf(execution)}) runs for longer than {AlertTexts.Span(limit)}{(isUsual ? string.Empty : ", the most that it may take")}",
            Since = execution.StartedAt,
            Impact = ImpactOf(usual),
            Path = AlertTexts.PathOf(execution),
            Command = $"clutch follow {execution.Id.Value}",
        };
    }

    // Null where too few have completed to tell.
    private TimeSpan? UsualLimit(DurationView? usual)
    {
        if (usual is null || usual.Count < Options.MinRuns)
            return null;
        var limit = TimeSpan.FromSeconds(usual.P95Seconds) * Options.Factor;
        return limit > Options.MinDuration ? limit : Options.MinDuration;
    }

    private static string ImpactOf(DurationView? usual) => usual is null
        ? "None of its latest runs completed at the first attempt: nothing is known of what is usual."
        : $"95 % of its latest {usual.Count} runs ended within {AlertTexts.Span(TimeSpan.FromSeconds(usual.P95Seconds))}, half of them within {AlertTexts.Span(TimeSpan.FromSeconds(usual.MedianSeconds))}.";
}
