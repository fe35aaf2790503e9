using Clutch.Client.Wire;
using Clutch.Server.Queries;
using Microsoft.Extensions.Options;

namespace Clutch.Server.Alerts.Rules;

/// <summary>A job has not completed for longer than the options have it, whatever the reason: nobody launched it, it failed, it hangs.</summary>
/// <remarks>Of a job that never completed the tables do not say since when it should have: this process remembers since when it has looked, and what was told stays told.</remarks>
internal sealed class NoSuccessWithinRule(StatisticsQueries statistics, IOptions<ClutchServerOptions> options) : IAlertRule
{
    private readonly Dictionary<string, DateTimeOffset> _lookedSince = new(StringComparer.Ordinal);

    public AlertRule Rule => AlertRule.NoSuccessWithin;

    public bool IsEnabled => Options.IsEnabled;

    private NoSuccessWithinRuleOptions Options => options.Value.Alerts.Rules.NoSuccessWithin;

    public async Task<IReadOnlyList<AlertFinding>> FindAsync(AlertLook look, CancellationToken cancellationToken)
    {
        if (Options.Jobs.Count == 0)
            return [];
        var durations = await statistics.ListDurationsAsync([.. Options.Jobs.Keys], runs: 1, cancellationToken);
        return [.. Options.Jobs.Select(within => FindingOf(within.Key, within.Value, durations.GetValueOrDefault(within.Key)?.LastSuccessAt, look)).OfType<AlertFinding>()];
    }

    private AlertFinding? FindingOf(string job, TimeSpan within, DateTimeOffset? lastSuccessAt, AlertLook look)
    {
        var since = lastSuccessAt ?? ToldSince(job, look) ?? LookedSince(job, look.Now);
        if (look.Now - since <= within)
            return null;
        return new()
        {
            Rule = Rule,
            Severity = AlertSeverity.Critical,
            Key = "success",
            Job = job,
            Subject = "latest success",
            What = $"Job '{job}' has not completed for more than {AlertTexts.Span(within)}",
            Since = since,
            Impact = lastSuccessAt is null ? "No completed execution of it is kept." : $"It last completed at {AlertTexts.Instant(since)}.",
            Retry = "It depends on its schedule and its restart policy.",
            Path = $"/jobs/{Uri.EscapeDataString(job)}",
            Command = $"clutch list --job {AlertTexts.Word(job)}",
        };
    }

    private DateTimeOffset? ToldSince(string job, AlertLook look) =>
        look.Live.FirstOrDefault(alert => alert.Finding.Rule == Rule && alert.Finding.Job == job)?.Finding.Since;

    private DateTimeOffset LookedSince(string job, DateTimeOffset now)
    {
        _lookedSince.TryAdd(job, now);
        return _lookedSince[job];
    }
}
