using System.Diagnostics.Metrics;

namespace Clutch.Outbox.Receiving;

/// <summary>Instruments of the meter <c>Clutch</c> for the server half; docs/guides/receiving.md has a row for each.</summary>
internal static class ReceivingMetrics
{
    private static readonly Meter Meter = new("Clutch");
    private static readonly Counter<long> Requests = Meter.CreateCounter<long>("clutch.receiving.requests", "{request}", "Requests with a key, by what became of them.");
    private static readonly Counter<long> Items = Meter.CreateCounter<long>("clutch.receiving.items", "{item}", "Items, by outcome.");
    private static readonly Counter<long> Lost = Meter.CreateCounter<long>("clutch.receiving.leases.lost", "{operation}", "Slices undone because another worker had the operation.");

    public static void Answered(AcceptanceKind kind) => Requests.Add(1, new KeyValuePair<string, object?>("clutch.outcome", kind.ToString()));

    public static void Committed(string queue, IEnumerable<StoredResult> results)
    {
        if (!Items.Enabled)
            return;
        foreach (var outcome in results.CountBy(result => result.Outcome))
            Items.Add(outcome.Value, new("clutch.queue", queue), new("clutch.item.outcome", OperationStore.NameOf(outcome.Key)));
    }

    public static void LeaseLost(string queue) => Lost.Add(1, new KeyValuePair<string, object?>("clutch.queue", queue));
}
