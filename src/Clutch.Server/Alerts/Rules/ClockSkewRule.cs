using Clutch.Client.Wire;
using Clutch.Server.Nodes;
using Microsoft.Extensions.Options;

namespace Clutch.Server.Alerts.Rules;

/// <summary>A process's clock is wrong, against the database's. It recovers with the first sign of life that has it right, or when the process is gone.</summary>
internal sealed class ClockSkewRule(NodeRegistry nodes, IOptions<ClutchServerOptions> options) : IAlertRule
{
    public AlertRule Rule => AlertRule.ClockSkew;

    public bool IsEnabled => Options.IsEnabled;

    private ClockSkewRuleOptions Options => options.Value.Alerts.Rules.ClockSkew;

    public async Task<IReadOnlyList<AlertFinding>> FindAsync(AlertLook look, CancellationToken cancellationToken)
    {
        var all = await nodes.ListAsync(cancellationToken);
        var since = look.Live.Where(alert => alert.Finding.Rule == Rule).ToDictionary(alert => alert.Fingerprint, alert => alert.Finding.Since, StringComparer.Ordinal);
        var findings = all.Where(node => node.State is NodeState.Live or NodeState.Draining && node.ClockSkew?.Duration() > Options.Above).Select(node => FindingOf(node, node.ClockSkew!.Value));
        // The node keeps its latest measurement only: it is as old as its alert.
        return [.. findings.Select(finding => since.TryGetValue(finding.Fingerprint, out var at) ? finding with { Since = at } : finding)];
    }

    private AlertFinding FindingOf(NodeView node, TimeSpan skew) => new()
    {
        Rule = Rule,
        Severity = AlertSeverity.Warning,
        Key = node.Name,
        Subject = node.Name,
        What = $"The clock of process '{node.Name}' is {AlertTexts.Span(skew.Duration())} {(skew > TimeSpan.Zero ? "ahead of" : "behind")} the database's",
        Since = node.SeenAt,
        Impact = "Leases and commits are safe: they follow the database's clock. Its schedules fire at the wrong time, and other processes may take it for dead.",
        Retry = "It is measured with each sign of life. Set the clock right (NTP).",
        Path = "/nodes",
    };
}
