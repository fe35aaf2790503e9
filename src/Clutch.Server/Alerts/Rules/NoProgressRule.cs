using System.Data.Common;
using Clutch.Client.Wire;
using Clutch.Launching;
using Clutch.Relational;
using Clutch.Server.Storage;
using Microsoft.Extensions.Options;

namespace Clutch.Server.Alerts.Rules;

/// <summary>A step commits no more chunks, or not even its first, though its execution is alive. A step without chunks says nothing of its progress: the rule for long runs watches it.</summary>
/// <remarks>The tables know how many chunks there are, not when the last one came: this process remembers since when it has seen the number. One that takes over begins to count anew, and what was told stays told.</remarks>
internal sealed class NoProgressRule(ServerDatabase database, JobCatalog catalog, IOptions<ClutchServerOptions> options) : IAlertRule
{
    // Ten times the usual distance between two chunks: retries and a slow target need a few of them.
    private const int ChunksMissing = 10;

    private const string Running = """
        SELECT
            execution.id, execution.job_name, step.step_name, min(step.started_at) AS begun_at,
            CAST(sum(step.commit_count) AS bigint) AS commits, CAST(sum(step.written_count) AS bigint) AS written
        FROM clutch_job_execution AS execution
        JOIN clutch_step_execution AS step ON step.job_execution_id = execution.id
        WHERE execution.status IN ('Starting', 'Started', 'Stopping')
        GROUP BY execution.id, execution.job_name, step.step_name
        HAVING sum(CASE WHEN step.status IN ('Starting', 'Started', 'Stopping') THEN 1 ELSE 0 END) > 0
        ORDER BY execution.id
        LIMIT 1000
        """;

    private readonly HashSet<(string Job, string Step)> _chunkSteps = [.. catalog.Jobs.SelectMany(job => job.ChunkStepNames.Select(step => (job.Name, step)))];
    private Dictionary<string, DateTimeOffset> _seenSince = new(StringComparer.Ordinal);

    public AlertRule Rule => AlertRule.NoProgress;

    public bool IsEnabled => Options.IsEnabled;

    private NoProgressRuleOptions Options => options.Value.Alerts.Rules.NoProgress;

    public async Task<IReadOnlyList<AlertFinding>> FindAsync(AlertLook look, CancellationToken cancellationToken)
    {
        var steps = (await database.QueryAsync(new(Running), Rows.All(Read), cancellationToken)).Where(HasChunks).ToList();
        var told = look.Live.Where(alert => alert.Finding.Rule == Rule).ToDictionary(alert => alert.Fingerprint, alert => alert.Finding.Since, StringComparer.Ordinal);
        var seen = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        foreach (var step in steps)
            seen[step.Key] = SinceOf(step, told) ?? look.Now;
        _seenSince = seen;
        return [.. steps.Where(step => look.Now - seen[step.Key] > PatienceWith(step, seen[step.Key])).Select(step => FindingOf(step, seen[step.Key]))];
    }

    // Before its first chunk nothing in the tables tells a step with chunks from one without.
    private bool HasChunks(RunningStep step) => step.Commits > 0 || _chunkSteps.Contains((step.Job, step.Step));

    // Null where it is seen for the first time.
    private DateTimeOffset? SinceOf(RunningStep step, Dictionary<string, DateTimeOffset> told)
    {
        if (step.Commits == 0)
            return step.BegunAt;
        return told.TryGetValue($"{Rule}/{step.Job}/{step.Key}", out var since) || _seenSince.TryGetValue(step.Key, out since) ? since : null;
    }

    private TimeSpan PatienceWith(RunningStep step, DateTimeOffset since)
    {
        if (step.Commits == 0)
            return Options.FirstChunkAfter;
        var usual = step.UsualChunk(since) * ChunksMissing;
        return usual > Options.After ? usual : Options.After;
    }

    private AlertFinding FindingOf(RunningStep step, DateTimeOffset since) => new()
    {
        Rule = Rule,
        Severity = AlertSeverity.Warning,
        Key = step.Key,
        Job = step.Job,
        Subject = FormattableString.Invariant($"execution {step.ExecutionId}, step {step.Step}"),
        ExecutionId = step.ExecutionId,
        What = FormattableString.Invariant($"Step '{step.Step}' of job '{step.Job}', execution {step.ExecutionId}, {(step.Commits == 0 ? "has committed no chunk since it began" : "commits no more chunks")}"),
        Since = since,
        Impact = step.Commits == 0
            ? "Nothing was written by this execution of it. What earlier ones committed is kept."
            : $"{AlertTexts.Count(step.Written)} items written in {AlertTexts.Count(step.Commits)} chunks, about {AlertTexts.Span(step.UsualChunk(since))} a chunk until then.",
        Retry = "It is not restarted while its process gives signs of life.",
        Path = FormattableString.Invariant($"/executions/{step.ExecutionId}"),
        Command = FormattableString.Invariant($"clutch stop {step.ExecutionId} --reason \"...\""),
    };

    private RunningStep Read(DbDataReader row) =>
        new(row.GetInt64(0), row.GetString(1), row.GetString(2), row.Instant(3, database.Database), row.GetInt64(4), row.GetInt64(5));

    private sealed record RunningStep(long ExecutionId, string Job, string Step, DateTimeOffset? BegunAt, long Commits, long Written)
    {
        // With one chunk more it is another: the step moved.
        public string Key => FormattableString.Invariant($"{ExecutionId}/{Step}/{Commits}");

        public TimeSpan UsualChunk(DateTimeOffset since) => BegunAt is { } begun && since > begun ? (since - begun) / Commits : TimeSpan.Zero;
    }
}
