using Clutch.Client.Wire;
using Clutch.Outbox.Administration;
using Clutch.Server.Queries;
using Microsoft.Extensions.Options;

namespace Clutch.Server.Alerts.Rules;

/// <summary>A channel of the program's outbox is late, stopped until a person acts, or has failed messages that nobody acknowledged. A channel that somebody paused is not late.</summary>
internal sealed class OutboxLagRule(OutboxQueries outbox, IOptions<ClutchServerOptions> options) : IAlertRule
{
    public AlertRule Rule => AlertRule.OutboxLag;

    public bool IsEnabled => Options.IsEnabled;

    private OutboxLagRuleOptions Options => options.Value.Alerts.Rules.OutboxLag;

    public async Task<IReadOnlyList<AlertFinding>> FindAsync(AlertLook look, CancellationToken cancellationToken)
    {
        if (!outbox.IsThere)
            return [];
        var since = look.Live.Where(alert => alert.Finding.Rule == Rule).ToDictionary(alert => alert.Fingerprint, alert => alert.Finding.Since, StringComparer.Ordinal);
        var findings = (await outbox.ListBacklogsAsync(cancellationToken)).SelectMany(channel => FindingsOf(channel, look.Now));
        // Nobody wrote down when it began: it is as old as its alert.
        return [.. findings.Select(finding => since.TryGetValue(finding.Fingerprint, out var at) ? finding with { Since = at } : finding)];
    }

    private IEnumerable<AlertFinding> FindingsOf(ChannelStatistics channel, DateTimeOffset now)
    {
        var waiting = channel.Counts.GetValueOrDefault(MessageStatus.Pending);
        var impact = $"{AlertTexts.Count(waiting)} messages wait.";
        if (channel.Fault is { } fault)
            yield return Of(channel, "fault", AlertSeverity.Critical, $"Channel '{channel.Channel}' stopped: {AlertTexts.Masked(fault.ToString())}", now, impact, "One request tries again each minute.", "resume");
        var oldest = channel.OldestPendingAge;
        if (channel.PausedAt is null && oldest > Options.OldestPending)
        {
            yield return Of(
                channel, "lag", AlertSeverity.Warning, $"Channel '{channel.Channel}' is late: its oldest message waits for more than {AlertTexts.Span(Options.OldestPending)}", now - oldest, impact,
                "They are sent as soon as the target takes them.", command: null);
        }

        if (channel.UnacknowledgedCount > Options.DeadAbove)
        {
            yield return Of(
                channel, "dead", AlertSeverity.Critical, $"Channel '{channel.Channel}' has more than {AlertTexts.Count(Options.DeadAbove)} failed messages that nobody acknowledged", now,
                $"{AlertTexts.Count(channel.UnacknowledgedCount)} messages were not delivered.", "They are not sent again by themselves.", "redrive");
        }
    }

    private AlertFinding Of(ChannelStatistics channel, string key, AlertSeverity severity, string what, DateTimeOffset since, string impact, string retry, string? command) => new()
    {
        Rule = Rule,
        Severity = severity,
        Key = $"{channel.Channel}/{key}",
        Subject = $"channel {channel.Channel}",
        What = what,
        Since = since,
        Impact = impact,
        Retry = retry,
        Path = "/outbox",
        Command = command is null ? null : $"clutch outbox {command} {channel.Channel} --reason \"...\"",
    };
}
