using System.Diagnostics.Metrics;
using Clutch.Client.Wire;

namespace Clutch.Server.Alerts;

/// <summary>Alerts in figures.</summary>
internal static class AlertMetrics
{
    private static readonly Meter Meter = new("Clutch");
    private static readonly Counter<long> OpenedCount = Meter.CreateCounter<long>("clutch.alert.opened", "{alert}", "Alerts that began.");
    private static readonly Counter<long> RecoveredCount = Meter.CreateCounter<long>("clutch.alert.recovered", "{alert}", "Alerts that ended.");

    public static void Changed(IEnumerable<LiveAlert> opened, IEnumerable<LiveAlert> recovered)
    {
        Count(OpenedCount, opened);
        Count(RecoveredCount, recovered);
    }

    private static void Count(Counter<long> counter, IEnumerable<LiveAlert> alerts)
    {
        foreach (var group in alerts.CountBy(alert => alert.Finding.Rule))
            counter.Add(group.Value, new KeyValuePair<string, object?>("clutch.alert.rule", NameOf(group.Key)));
    }

    private static string NameOf(AlertRule rule) => rule.ToString();
}
