using Clutch.Client.Wire;
using Clutch.Server.Nodes;
using Microsoft.Extensions.Options;

namespace Clutch.Server.Alerts.Rules;

/// <summary>A process vanished without a farewell, and none took its place: each process that began after it was last seen stands for one that vanished.</summary>
internal sealed class NodeLostRule(NodeRegistry nodes, IOptions<ClutchServerOptions> options) : IAlertRule
{
    public AlertRule Rule => AlertRule.NodeLost;

    public bool IsEnabled => options.Value.Alerts.Rules.NodeLost.IsEnabled;

    public async Task<IReadOnlyList<AlertFinding>> FindAsync(AlertLook look, CancellationToken cancellationToken)
    {
        var all = await nodes.ListAsync(cancellationToken);
        var live = all.Count(node => node.State is NodeState.Live or NodeState.Draining);
        return [.. MissingAmong(all).Select(node => FindingOf(node, live))];
    }

    /// <summary>The lost ones that nobody replaced.</summary>
    internal static IReadOnlyList<NodeView> MissingAmong(IReadOnlyList<NodeView> nodes)
    {
        var successors = nodes.Where(node => node.State is NodeState.Live).OrderBy(node => node.StartedAt).ToList();
        var missing = new List<NodeView>();
        foreach (var lost in nodes.Where(node => node.State is NodeState.Lost).OrderBy(node => node.SeenAt))
        {
            if (successors.FindIndex(node => node.StartedAt > lost.SeenAt) is >= 0 and var index)
                successors.RemoveAt(index);
            else
                missing.Add(lost);
        }

        return missing;
    }

    private AlertFinding FindingOf(NodeView node, int live) => new()
    {
        Rule = Rule,
        Severity = AlertSeverity.Critical,
        Key = node.Name,
        Subject = node.Name,
        What = $"The process '{node.Name}' vanished",
        Since = node.SeenAt,
        Impact = $"{AlertTexts.Count(live)} processes are left; it had {AlertTexts.Count(node.RunningCount)} executions at work.",
        Retry = "Other processes take its executions up at their last commit where the job's policy has it.",
        Path = "/nodes",
    };
}
