using Clutch.Client.Wire;

namespace Clutch.Server.Alerts;

/// <summary>What a look changes among the alerts.</summary>
internal sealed record AlertPlan
{
    /// <summary>What is new.</summary>
    public required IReadOnlyList<AlertFinding> Opened { get; init; }

    /// <summary>What lasts and looks different now.</summary>
    public required IReadOnlyList<(LiveAlert Alert, AlertFinding Finding)> Changed { get; init; }

    /// <summary>What is over.</summary>
    public required IReadOnlyList<LiveAlert> Recovered { get; init; }

    /// <summary>What is no longer looked at, or of an execution or node that is no longer kept: it ends without a word.</summary>
    public required IReadOnlyList<LiveAlert> Dropped { get; init; }

    /// <param name="live">The alerts that last.</param>
    /// <param name="found">What the rules found; one that failed has no entry, and its alerts stay as they are.</param>
    /// <param name="disabled">The rules that are turned off.</param>
    /// <param name="orphans">The alerts whose execution or node was deleted: that nothing is found of them any more is no recovery.</param>
    public static AlertPlan Of(
        IReadOnlyList<LiveAlert> live, IReadOnlyDictionary<AlertRule, IReadOnlyList<AlertFinding>> found, IReadOnlySet<AlertRule> disabled, IReadOnlySet<long> orphans)
    {
        var findings = found.Values.SelectMany(list => list).DistinctBy(finding => finding.Fingerprint, StringComparer.Ordinal).ToDictionary(finding => finding.Fingerprint, StringComparer.Ordinal);
        var known = live.Select(alert => alert.Fingerprint).ToHashSet(StringComparer.Ordinal);
        var over = live.Where(alert => found.ContainsKey(alert.Finding.Rule) && !findings.ContainsKey(alert.Fingerprint)).ToLookup(alert => orphans.Contains(alert.Id));
        return new()
        {
            Opened = [.. findings.Values.Where(finding => !known.Contains(finding.Fingerprint))],
            Changed = [.. live.Where(alert => findings.TryGetValue(alert.Fingerprint, out var finding) && finding != Comparable(alert)).Select(alert => (alert, findings[alert.Fingerprint]))],
            Recovered = [.. over[false]],
            Dropped = [.. over[true], .. live.Where(alert => disabled.Contains(alert.Finding.Rule))],
        };

        AlertFinding Comparable(LiveAlert alert) => alert.Finding with { Key = findings[alert.Fingerprint].Key };
    }
}
