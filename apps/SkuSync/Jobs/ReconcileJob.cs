using Clutch.Jobs;
using Clutch.Outbox;
using SkuSync.Catalog;
using SkuSync.Marketplace;
using SkuSync.Storage;

namespace SkuSync.Jobs;

/// <summary>Compares the target with the interface table in bulk and enqueues what differs, each under a version that is higher than both have.</summary>
/// <remarks>Counts: read = SKUs compared, filtered = alike or still moving, written = repaired. It finds what no outbox can know: a target restored from a backup, or changed by hand.</remarks>
internal static class ReconcileJob
{
    public const string Name = "reconcile";

    public static void Define(JobBuilder job, SkuOptions options) => job
        .Describe("Compares the target with the interface table and enqueues what differs (written = repaired).")
        .Parameter<string>(ExtractJob.RunParameter)
        .Step("compare", step => step
            .Read(context => SkuReaders.All(context.Services))
            .ProcessWith(context => new DriftProcessor(
                context.Services.GetRequiredService<FulfilmentApi>(), context.Services.GetRequiredService<InterfaceTable>(), context.Services.GetRequiredService<ContentHash>()))
            .Write(context => new RepairWriter(context.Services.GetRequiredService<InterfaceTable>(), context.Services.GetRequiredService<IOutbox>()))
            .ChunkSize(500)
            .Concurrency(options.Concurrency));
}
